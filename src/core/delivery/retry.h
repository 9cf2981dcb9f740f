// What follows a failed attempt: pure functions of attempt, failure, policy and dice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/event/words.h"
#include "core/result.h"
#include "core/time.h"

namespace chasqui {

enum class RetryCurve : std::uint8_t { constant, linear, exponential, list };
CHASQUI_WORDS(RetryCurve, {RetryCurve::constant, "constant"}, {RetryCurve::linear, "linear"},
              {RetryCurve::exponential, "exponential"}, {RetryCurve::list, "list"})

/// What becomes of poison: of a delivery whose tries are used up while the endpoint takes others.
enum class OnExhausted : std::uint8_t {
  park,  ///< it waits for a person, its followers go on
  hold,  ///< it is tried for ever (until age_max), its lane waits with it
};
CHASQUI_WORDS(OnExhausted, {OnExhausted::park, "park"}, {OnExhausted::hold, "hold"})

/// A failed attempt, as far as the next step depends on it.
struct FailedAttempt {
  int number = 1;                     ///< of the tries that count: 1 for the first; probes of an outage do not count
  WallTime accepted_at{};             ///< when the event became ours
  WallTime failed_at{};               ///< now
  std::optional<Millis> retry_after;  ///< the receiver's own wish (RFC 9110, 10.2.3); already read from either form
  bool endpoint_alive = false;        ///< it answered 2xx to anything since this delivery first failed
};

struct RetryAt {
  Millis wait{};  ///< from failed_at
  bool operator==(const RetryAt&) const = default;
};
/// The tries are used up and nothing else got through: the endpoint is the trouble, not the event. It waits for the outage's end.
struct Outage {
  Millis wait{};  ///< at least; what the receiver asked for
  bool operator==(const Outage&) const = default;
};
struct Park {
  enum class Why : std::uint8_t { attempts_used_up, too_old };
  Why why = Why::attempts_used_up;
  bool operator==(const Park&) const = default;
};
using NextStep = std::variant<RetryAt, Outage, Park>;

std::string_view word(Park::Why why);

/// When to try again, and when to stop (semantics 15, 18). With WAHA's arithmetic:
///   constant     max(d, RA)
///   linear       max(n*d, RA)
///   exponential  x = max(2^n * d, RA), then x + x * 0.2 * dice
/// for retry n = 1, 2, … (source: WAHA's code, 2026.8); and, ours,
///   list         max(delays[n], RA), the last one again beyond the end
struct RetryPolicy {
  RetryCurve curve = RetryCurve::constant;
  Millis delay{2000};                ///< d; 0 = at once, but for Retry-After
  int attempts = 15;                 ///< retries after the first try; then poison is parked
  Millis delay_max{24 * 3'600'000};  ///< no wait is longer, whoever asks (semantics 18: 24 h)
  Millis age_max{72 * 3'600'000};    ///< since accepted_at; then the delivery is parked even in an outage (semantics 15)
  std::vector<Millis> delays;        ///< of curve `list`; not empty there
  OnExhausted on_exhausted = OnExhausted::park;
  bool asked_wait_spends = false;  ///< whether a 429 or 503 with Retry-After uses up a try (of WAHA's preset it does)

  bool operator==(const RetryPolicy&) const = default;

  /// @param dice uniform in [0, 1).
  NextStep after(const FailedAttempt& failed, double dice) const;

 private:
  double planned(int n) const;  // ms, before Retry-After and jitter
};

/// Reads a Retry-After header: seconds, or an HTTP date against `now`. nullopt when it is neither; a past date is 0.
std::optional<Millis> parse_retry_after(std::string_view value, WallTime now);

}  // namespace chasqui
