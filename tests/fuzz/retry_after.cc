// A Retry-After header: never a negative wait, and the policy keeps to it within its bounds.
#include <string_view>

#include "core/delivery/retry.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace chasqui;
  const WallTime now = from_ms(1'790'000'000'000);
  const auto wait = parse_retry_after(fuzz::as_text(data, size), now);
  if (!wait) return 0;
  FUZZ_CHECK(wait->count() >= 0);
  for (const auto curve : {RetryCurve::constant, RetryCurve::linear, RetryCurve::exponential}) {
    RetryPolicy policy;
    policy.curve = curve;
    FailedAttempt failed;
    failed.accepted_at = failed.failed_at = now;
    failed.retry_after = wait;
    const auto step = policy.after(failed, 0.5);
    FUZZ_CHECK(std::holds_alternative<RetryAt>(step));
    const Millis chosen = std::get<RetryAt>(step).wait;
    FUZZ_CHECK(chosen >= std::min(*wait, policy.delay_max) && chosen <= policy.delay_max);
  }
  return 0;
}
