// Identifiers, each a type of its own so that no two can be swapped.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace chasqui {

/// Place of an event in the journal; assigned at commit, without gaps that anyone sees. Order is this, never the id.
using Seq = std::uint64_t;

/// Names of stored rows that are referred to by small numbers in the journal's headers.
enum class SessionNo : std::uint32_t {};
enum class EndpointNo : std::uint32_t {};
enum class MatchSetNo : std::uint32_t {};
enum class ContextNo : std::uint32_t {};
/// Hash of what must stay in order together (a chat of a session, or the session).
enum class OrderKey : std::uint64_t {};

/// ULID-shaped: 48 bits of time (ms), 80 bits that are a digest or random. Compares as bytes, so nearly in time order.
struct EventId {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const EventId&) const = default;
  bool empty() const { return *this == EventId{}; }
  /// 26 Crockford base-32 characters, lower case: `01jnaaaaaaaaaaaaaaaaaaaaaa`.
  std::string text() const;
  void append_text(std::string& out) const;
  /// Milliseconds since 1970, the first 48 bits.
  std::int64_t time_ms() const;
  static std::optional<EventId> parse(std::string_view text);
  /// @param time_ms  0 .. 2^48-1; clamped.
  /// @param tail     80 bits; the first ten bytes are used.
  static EventId make(std::int64_t time_ms, const std::uint8_t* tail);
};

/// A sibling of `id` for one part of its delivery (WAHA gives `message` and `message.any` an id each): the same time,
/// another tail, always the same for the same part. An empty part gives `id` itself.
EventId part_id(const EventId& id, std::string_view part);

/// FNV-1a with a finishing mix: stable over versions and machines, so it may be stored.
std::uint64_t stable_hash(std::string_view text, std::uint64_t seed = 0);

/// A fast 64-bit digest of content, eight bytes at a time: to see later whether two bodies were the same. Stable; not
/// cryptographic.
std::uint64_t content_hash(std::string_view bytes);

/// Opaque id of one delivery (event x endpoint x part), the same on every attempt: 18 characters of lower-case base 36,
/// the form of WAHA's X-Webhook-Request-Id since 2025.11.4 (its documentation and source).
std::string delivery_id(const EventId& event, std::string_view endpoint, std::string_view part);

}  // namespace chasqui

template <>
struct std::hash<chasqui::OrderKey> {
  std::size_t operator()(chasqui::OrderKey key) const noexcept { return static_cast<std::size_t>(key); }
};
