#include "core/delivery/retry.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace chasqui {
namespace {

// Two-digit number at `at`, or -1.
int two_digits(std::string_view text, std::size_t at) {
  if (at + 2 > text.size()) return -1;
  const char a = text[at], b = text[at + 1];
  if (a < '0' || a > '9' || b < '0' || b > '9') return -1;
  return (a - '0') * 10 + (b - '0');
}

// IMF-fixdate, the only date form that RFC 9110 lets a sender write: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<WallTime> parse_http_date(std::string_view text) {
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || text.substr(26) != "GMT" || text[4] != ' ' || text[3] != ',') return std::nullopt;
  const int day = two_digits(text, 5), century = two_digits(text, 12), year = two_digits(text, 14);
  const int hour = two_digits(text, 17), minute = two_digits(text, 20), second = two_digits(text, 23);
  const auto month = months.find(text.substr(8, 3));
  if (day < 1 || century < 0 || year < 0 || hour < 0 || minute < 0 || second < 0 || month == std::string_view::npos || month % 3 != 0)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{century * 100 + year}, std::chrono::month{static_cast<unsigned>(month / 3 + 1)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return WallTime{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
}

Millis bounded(double ms, Millis most) {
  if (!(ms > 0)) return Millis{0};
  if (ms >= static_cast<double>(most.count())) return most;
  return Millis{static_cast<std::int64_t>(ms)};
}

}  // namespace

std::string_view word(Park::Why why) { return why == Park::Why::too_old ? "too_old" : "attempts_used_up"; }

double RetryPolicy::planned(int n) const {
  const double d = static_cast<double>(delay.count());
  switch (curve) {
    case RetryCurve::constant: return d;
    case RetryCurve::linear: return n * d;
    case RetryCurve::exponential: return std::exp2(n) * d;
    case RetryCurve::list: break;
  }
  if (delays.empty()) return d;
  return static_cast<double>(delays[std::min(static_cast<std::size_t>(std::max(n, 1)), delays.size()) - 1].count());
}

NextStep RetryPolicy::after(const FailedAttempt& failed, double dice) const {
  if (failed.failed_at - failed.accepted_at >= age_max) return Park{Park::Why::too_old};
  const Millis asked = std::min(failed.retry_after.value_or(Millis{0}), delay_max);
  const bool used_up = failed.number > attempts;
  if (used_up && !failed.endpoint_alive) return Outage{asked};
  if (used_up && on_exhausted == OnExhausted::park) return Park{Park::Why::attempts_used_up};
  // Held for ever: at the pace of its last planned try, but no faster than once a second.
  double wait = used_up ? std::max(planned(std::max(attempts, 1)), 1000.0) : planned(failed.number);
  wait = std::max(wait, static_cast<double>(asked.count()));
  if (curve == RetryCurve::exponential && delay.count() > 0) wait += wait * 0.2 * dice;
  return RetryAt{bounded(wait, delay_max)};
}

std::optional<Millis> parse_retry_after(std::string_view value, WallTime now) {
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  if (value.empty()) return std::nullopt;
  if (std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    constexpr std::int64_t seconds_max = 10'000'000'000;  // far beyond any cap; keeps the product in range
    std::int64_t seconds = seconds_max;
    std::from_chars(value.data(), value.data() + value.size(), seconds);
    return Millis{std::min(seconds, seconds_max) * 1000};
  }
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  return std::max(Millis{0}, *date - now);
}

}  // namespace chasqui
