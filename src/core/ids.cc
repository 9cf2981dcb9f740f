#include "core/ids.h"

#include <cstring>

namespace chasqui {
namespace {

__extension__ using Bits128 = unsigned __int128;

constexpr std::string_view kCrockford = "0123456789abcdefghjkmnpqrstvwxyz";

int crockford_value(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto at = kCrockford.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::uint64_t mix(std::uint64_t x) {  // splitmix64's finisher
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

std::uint64_t stable_hash(std::string_view text, std::uint64_t seed) {
  std::uint64_t h = 0xcbf29ce484222325ULL ^ mix(seed);
  for (const char c : text) h = (h ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  return mix(h);
}

std::uint64_t content_hash(std::string_view bytes) {
  std::uint64_t h = mix(bytes.size() + 0x9e3779b97f4a7c15ULL);
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    h = (h ^ word) * 0x9fb21c651e98df25ULL;
    h ^= h >> 32;
    bytes.remove_prefix(8);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, bytes.data(), bytes.size());
  return mix(h ^ rest);
}

EventId EventId::make(std::int64_t time_ms, const std::uint8_t* tail) {
  constexpr std::int64_t time_max = (std::int64_t{1} << 48) - 1;
  const auto t = static_cast<std::uint64_t>(time_ms < 0 ? 0 : time_ms > time_max ? time_max : time_ms);
  EventId id;
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(t >> (40 - 8 * i));
  for (std::size_t i = 0; i < 10; ++i) id.bytes[6 + i] = tail[i];
  return id;
}

std::int64_t EventId::time_ms() const {
  std::int64_t t = 0;
  for (std::size_t i = 0; i < 6; ++i) t = (t << 8) | bytes[i];
  return t;
}

void EventId::append_text(std::string& out) const {
  // 128 bits in 26 digits of 5 bits: the first digit holds only 3.
  Bits128 value = 0;
  for (const auto b : bytes) value = (value << 8) | b;
  const auto start = out.size();
  out.resize(start + 26);
  for (std::size_t i = 26; i-- > 0;) {
    out[start + i] = kCrockford[static_cast<std::size_t>(value & 31)];
    value >>= 5;
  }
}

std::string EventId::text() const {
  std::string out;
  append_text(out);
  return out;
}

std::optional<EventId> EventId::parse(std::string_view text) {
  if (text.size() != 26 || crockford_value(text[0]) > 7) return std::nullopt;
  Bits128 value = 0;
  for (const char c : text) {
    const int digit = crockford_value(c);
    if (digit < 0) return std::nullopt;
    value = (value << 5) | static_cast<unsigned>(digit);
  }
  EventId id;
  for (std::size_t i = 16; i-- > 0;) {
    id.bytes[i] = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
  return id;
}

EventId part_id(const EventId& id, std::string_view part) {
  if (part.empty()) return id;
  EventId sibling = id;
  const std::uint64_t h = stable_hash(part);
  for (std::size_t i = 0; i < 8; ++i) sibling.bytes[8 + i] ^= static_cast<std::uint8_t>(h >> (8 * i));
  return sibling;
}

std::string delivery_id(const EventId& event, std::string_view endpoint, std::string_view part) {
  const std::string_view bytes(reinterpret_cast<const char*>(event.bytes.data()), event.bytes.size());
  const std::uint64_t where = stable_hash(part, stable_hash(endpoint));
  Bits128 value = (static_cast<Bits128>(stable_hash(bytes, where)) << 64) | stable_hash(bytes, ~where);
  std::string out(18, '0');
  for (std::size_t i = 18; i-- > 0;) {
    const auto digit = static_cast<unsigned>(value % 36);
    out[i] = static_cast<char>(digit < 10 ? '0' + digit : 'a' + (digit - 10));
    value /= 36;
  }
  return out;
}

}  // namespace chasqui
