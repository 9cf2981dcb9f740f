// Events made by chance, of every type and with every field, always the same for the same seed.
//
// The values come from each struct's own list of fields, so a field that is added there is covered at once.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/event/event.h"

namespace chasqui::testing {

/// splitmix64: small, and the same on every machine, which the standard's distributions are not.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// From 0 to `count` - 1.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(bits() % count); }
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(most - least + 1));
  }
  bool one_in(std::size_t n) { return below(n) == 0; }
  /// Uniform in [0, 1).
  double fraction() { return static_cast<double>(bits() >> 11) / 9007199254740992.0; }

  std::string digits(std::size_t least, std::size_t most) {
    std::string out(least + below(most - least + 1), '0');
    for (char& c : out) c = static_cast<char>('0' + below(10));
    return out;
  }
  /// UTF-8 with what breaks careless writers: quotes, escapes, control characters, all lengths of sequences.
  std::string text() {
    static constexpr std::string_view pieces[] = {
        "a",       "Z",    "0",    " ",    "\"", "\\", "/", "\n",     "\r", "\t", "\b",
        "\f",      "\x01", "\x1f", "\x7f", "<",  "é",  "ñ", "Привет", "한", "👋",  "\xf4\x8f\xbf\xbf",
        "\\u0041", "{}",   ","};
    std::string out;
    for (auto left = one_in(50) ? 200 + below(300) : below(20); left > 0; --left) {
      const std::size_t pick = below(std::size(pieces) + 1);
      if (pick == std::size(pieces)) {
        out.push_back('\0');
      } else {
        out.append(pieces[pick]);
      }
    }
    return out;
  }
  /// Compact JSON, as the writer would write it: parsing and writing give it back.
  std::string json(int depth = 3) {
    switch (below(depth > 0 ? 8 : 5)) {
      case 0:
        return std::to_string(static_cast<std::int64_t>(bits()));
      case 1:
        return std::to_string(bits());
      case 2:
        return one_in(2) ? "true" : "false";
      case 3:
        return "null";
      case 4: {
        std::string out;
        json::append_string(out, text());
        return out;
      }
      case 5:
        return "0.5";
      case 6:
        return list('[', ']', [&] { return json(depth - 1); });
      default:
        return list('{', '}', [&] { return '"' + digits(1, 9) + "\":" + json(depth - 1); });
    }
  }

 private:
  template <class Item>
  std::string list(char open, char close, Item item) {
    std::string out(1, open);
    for (auto left = below(4); left > 0; --left) out.append(out.size() > 1 ? "," : "").append(item());
    return out + close;
  }

  std::uint64_t state_;
};

/// Fills the fields of a listed struct. Each is left at its default now and then.
class Fill {
 public:
  explicit Fill(Chance& chance) : chance_(chance) {}

  template <class T>
  void operator()(std::string_view name, T& target) {
    if (!chance_.one_in(3)) set(name, target);
  }

  void set(std::string_view name, std::string& s) {
    if (name == "phone" || name == "lid") {
      s = chance_.digits(8, 15);
    } else if (name == "jid") {
      static constexpr std::string_view servers[] = {"@s.whatsapp.net",   "@g.us", "@lid", "@newsletter", "@broadcast",
                                                     ":7@s.whatsapp.net", ""};
      s = chance_.digits(5, 18).append(servers[chance_.below(std::size(servers))]);
    } else if (name == "id" || name == "quoted_id") {
      s = "3EB0" + chance_.digits(4, 16);
    } else {
      s = chance_.text();
    }
  }
  void set(std::string_view, json::Text& t) { t.json = chance_.json(); }
  void set(std::string_view, bool& b) { b = chance_.one_in(2); }
  void set(std::string_view, double& d) { d = (chance_.fraction() - 0.5) * 360; }
  template <std::integral I>
  requires(!std::same_as<I, bool>) void set(std::string_view, I& i) {
    i = chance_.one_in(4) ? std::numeric_limits<I>::min() : static_cast<I>(chance_.bits());
  }
  template <json::Worded E>
  void set(std::string_view, E& e) {
    std::vector<E> values;
    for (int i = 0; i < 256; ++i) {
      E known{};
      const auto value = static_cast<E>(i);
      if (from_word(word(value), known) && known == value) values.push_back(value);
    }
    e = values[chance_.below(values.size())];
  }
  template <json::Listed T>
  void set(std::string_view, T& t) {
    T::fields(*this, t);
  }
  template <class T>
  void set(std::string_view name, std::optional<T>& o) {
    set(name, o.emplace());
  }
  template <class T>
  void set(std::string_view name, std::vector<T>& list) {
    list.resize(chance_.below(4));
    for (auto& item : list) set(name, item);
  }
  void set(std::string_view, std::map<std::string, std::string>& map) {
    for (auto left = chance_.below(4); left > 0; --left) map[chance_.text()] = chance_.text();
  }

 private:
  Chance& chance_;
};

class RandomEvents {
 public:
  explicit RandomEvents(std::uint64_t seed) : chance(seed) {}

  Event any() { return of_type(static_cast<EventType>(chance.below(event_type_count()))); }

  Event of_type(EventType type) {
    Fill fill(chance);
    Event e;
    e.type = type;
    e.id = id();
    e.schema = static_cast<std::int32_t>(chance.between(1, 9));  // a payload's version is never 0
    fill("account", e.account);
    fill("session", e.session);
    fill("source", e.source);
    fill("own", e.own);
    e.occurred_at_ms = time_ms();
    fill("time_precision", e.precision);
    e.received_at_ms = time_ms();
    fill("origin", e.origin);
    if (chance.one_in(3)) e.cause_id = id();
    fill("dedupe_key", e.dedupe_key);
    fill("app", e.app);
    fill("correlation", e.correlation);
    fill("metadata", e.metadata);
    fill("ext", e.ext);
    e.data = payload(type);
    std::visit([&](auto& data) { fill.set("data", data); }, e.data);
    if (chance.one_in(2)) raw(e);
    return e;
  }

  EventId id() {
    std::array<std::uint8_t, 10> tail{};
    for (auto& byte : tail) byte = static_cast<std::uint8_t>(chance.bits());
    return EventId::make(time_ms(), tail.data());
  }
  std::int64_t time_ms() { return chance.between(1'600'000'000'000, 2'000'000'000'000); }

  Chance chance;

 private:
  static EventData payload(EventType type) {
    switch (type) {
#define CHASQUI_X(name, text, Payload) \
  case EventType::name:                \
    return Payload{};
      CHASQUI_EVENT_TYPES(CHASQUI_X)
#undef CHASQUI_X
    }
    return RawEngineEvent{};
  }
  // A delivery of which this event is one item.
  void raw(Event& e) {
    const std::string before = "[1, ", item = chance.json();
    e.raw.body = std::make_shared<const std::string>(before + item + " ]");
    e.raw.item_offset = static_cast<std::uint32_t>(before.size());
    e.raw.item_length = static_cast<std::uint32_t>(item.size());
  }
};

}  // namespace chasqui::testing
