// One list of fields per struct gives both directions: writing JSON and reading it back.
//
// A struct lists itself once:
//   template <class V, class T> static void fields(V& v, T& t) { v("name", t.name); v("size", t.size); }
// Empty strings, empty vectors, empty optionals, false and default-valued nested structs are left out when writing and
// are what reading gives when a member is absent; so what is written reads back equal.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json/value.h"
#include "core/json/writer.h"

namespace chasqui::json {

/// JSON text kept as it is (already validated), for parts whose inside is not ours to model. Empty = absent.
struct Text {
  std::string json;
  bool operator==(const Text&) const = default;
};

class FieldWriter;
class FieldReader;

/// A struct with a `fields` list.
template <class T>
concept Listed = requires(FieldWriter& v, const T& t) { T::fields(v, t); };
/// An enum with words: `std::string_view word(E)` and `bool from_word(std::string_view, E&)` found by argument lookup.
template <class E>
concept Worded = std::is_enum_v<E> && requires(E e, std::string_view s) {
  { word(e) } -> std::convertible_to<std::string_view>;
  { from_word(s, e) } -> std::same_as<bool>;
};

class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : w_(out) {}

  void operator()(std::string_view name, const std::string& s) { if (!s.empty()) w_.key(name).string(s); }
  void operator()(std::string_view name, const Text& t) { if (!t.json.empty()) w_.key(name).raw(t.json); }
  void operator()(std::string_view name, bool b) { if (b) w_.key(name).boolean(true); }
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  void operator()(std::string_view name, I value) { if (value != 0) w_.key(name).integer(static_cast<std::int64_t>(value)); }
  void operator()(std::string_view name, double d) { if (d != 0) w_.key(name).number(d); }
  template <Worded E>
  void operator()(std::string_view name, E e) { if (!word(e).empty()) w_.key(name).string(word(e)); }
  template <Listed T>
  void operator()(std::string_view name, const T& t) { if (!(t == T{})) { w_.key(name); value(t); } }
  template <class T>
  void operator()(std::string_view name, const std::optional<T>& o) { if (o) { w_.key(name); value(*o); } }
  template <class T>
  void operator()(std::string_view name, const std::vector<T>& list) {
    if (list.empty()) return;
    w_.key(name).begin_array();
    for (const auto& item : list) value(item);
    w_.end_array();
  }
  void operator()(std::string_view name, const std::map<std::string, std::string>& map) {
    if (map.empty()) return;
    w_.key(name).begin_object();
    for (const auto& [key, text] : map) w_.member_name(key).string(text);
    w_.end_object();
  }

  void value(const std::string& s) { w_.string(s); }
  void value(const Text& t) { w_.raw(t.json.empty() ? "null" : t.json); }
  void value(bool b) { w_.boolean(b); }
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  void value(I i) { w_.integer(static_cast<std::int64_t>(i)); }
  void value(double d) { w_.number(d); }
  template <Worded E>
  void value(E e) { w_.string(word(e)); }
  template <Listed T>
  void value(const T& t) {
    w_.begin_object();
    T::fields(*this, t);
    w_.end_object();
  }

 private:
  Writer w_;
};

/// Reads what FieldWriter wrote, and more: unknown members are skipped, a member of another type than listed is an
/// error that names its path.
class FieldReader {
 public:
  explicit FieldReader(Value object) : object_(object) {}

  template <class T>
  void operator()(std::string_view name, T& target) {
    if (!error_.empty()) return;
    const Value v = object_[name];
    // null means absent, but in a text that is kept as it is.
    if (!v.exists() || (v.is_null() && !std::same_as<T, Text>)) return;
    read(v, target);
    if (!error_.empty()) error_.insert(0, std::string(name) + (error_[0] == ':' || error_[0] == '[' ? "" : "."));
  }
  bool ok() const { return error_.empty(); }
  /// Path and complaint, such as "chat.party.kind: unknown word".
  const std::string& error() const { return error_; }

 private:
  void want(bool fits, const char* what) { if (!fits) error_ = std::string(": must be ") + what; }
  void read(Value v, std::string& s) { want(v.is_string(), "a string"); if (ok()) s = v.text(); }
  void read(Value v, Text& t) { t.json = v.to_json(); }
  void read(Value v, bool& b) { const auto x = v.boolean(); want(x.has_value(), "true or false"); if (ok()) b = *x; }
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  void read(Value v, I& i) { const auto x = v.integer(); want(x && std::in_range<I>(*x), "an integer"); if (ok()) i = static_cast<I>(*x); }
  void read(Value v, double& d) { const auto x = v.number(); want(x.has_value(), "a number"); if (ok()) d = *x; }
  template <Worded E>
  void read(Value v, E& e) { want(v.is_string() && from_word(v.string_or({}), e), "one of the documented words"); }
  template <Listed T>
  void read(Value v, T& t) {
    want(v.is_object(), "an object");
    if (!ok()) return;
    FieldReader inner(v);
    T::fields(inner, t);
    error_ = inner.error_;
  }
  template <class T>
  void read(Value v, std::optional<T>& o) { T t{}; read(v, t); if (ok()) o = std::move(t); }
  template <class T>
  void read(Value v, std::vector<T>& list) {
    want(v.is_array(), "an array");
    if (!ok()) return;
    list.clear();
    for (const Value item : v.items()) {
      T t{};
      read(item, t);
      if (!ok()) {
        error_.insert(0, "[" + std::to_string(list.size()) + "]" + (error_[0] == ':' ? "" : "."));
        return;
      }
      list.push_back(std::move(t));
    }
  }
  void read(Value v, std::map<std::string, std::string>& map) {
    want(v.is_object(), "an object of strings");
    if (!ok()) return;
    for (const auto& [key, text] : v.members()) {
      want(text.is_string(), "an object of strings");
      if (!ok()) return;
      map.emplace(key, text.text());
    }
  }

  Value object_;
  std::string error_;
};

}  // namespace chasqui::json
