#include "core/delivery/retry.h"

#include <gtest/gtest.h>

#include "tests/support/random_event.h"

namespace chasqui {
namespace {

using namespace std::chrono_literals;

const WallTime kAccepted = from_ms(1'790'000'000'000);

FailedAttempt failed(int number, Millis after_accepting = 1s) {
  FailedAttempt f;
  f.number = number;
  f.accepted_at = kAccepted;
  f.failed_at = kAccepted + after_accepting;
  return f;
}
Millis wait_of(const NextStep& step) {
  const auto* retry = std::get_if<RetryAt>(&step);
  EXPECT_NE(retry, nullptr) << "expected another try";
  return retry ? retry->wait : Millis{-1};
}
RetryPolicy policy(RetryCurve curve, Millis delay = 2s) {
  RetryPolicy p;
  p.curve = curve;
  p.delay = delay;
  return p;
}

// WAHA's code (2026.8): constant 2, 2, 2 s; linear 2, 4, 6 s; exponential 4, 8, 16 s and up to a fifth more.
TEST(RetryCurves, AreWahas) {
  for (int n = 1; n <= 15; ++n) {
    EXPECT_EQ(wait_of(policy(RetryCurve::constant).after(failed(n), 0.9)), 2s);
    EXPECT_EQ(wait_of(policy(RetryCurve::linear).after(failed(n), 0.9)), n * 2s);
    const Millis x = (1 << n) * 2s;
    EXPECT_EQ(wait_of(policy(RetryCurve::exponential).after(failed(n), 0)), x);
    const Millis most = wait_of(policy(RetryCurve::exponential).after(failed(n), 0.999999999));
    EXPECT_GT(most, x);
    EXPECT_LE(most, x + x / 5);
  }
  EXPECT_EQ(wait_of(policy(RetryCurve::exponential).after(failed(1), 0.5)), 4400ms);
}

TEST(RetryCurves, GivenADefaultPolicy_ThenItIsFifteenTriesTwoSecondsApart) {
  EXPECT_EQ(RetryPolicy{}.curve, RetryCurve::constant);
  EXPECT_EQ(RetryPolicy{}.delay, 2s);
  EXPECT_EQ(RetryPolicy{}.attempts, 15);
}

TEST(RetryCurves, GivenRetryAfter_ThenTheLongerOfTheTwoCounts) {
  auto f = failed(3);
  f.retry_after = 10s;
  EXPECT_EQ(wait_of(policy(RetryCurve::constant).after(f, 0)), 10s);
  EXPECT_EQ(wait_of(policy(RetryCurve::linear).after(f, 0)), 10s);
  EXPECT_EQ(wait_of(policy(RetryCurve::linear, 5s).after(f, 0)), 15s);
  EXPECT_EQ(wait_of(policy(RetryCurve::exponential).after(f, 0)), 16s);
  f.retry_after = 100s;
  EXPECT_EQ(wait_of(policy(RetryCurve::exponential).after(f, 0.5)), 110s) << "jitter is added to it as well";
}

TEST(RetryCurves, GivenNoDelay_ThenItIsTriedAtOnceButForRetryAfter) {
  for (const auto curve : {RetryCurve::constant, RetryCurve::linear, RetryCurve::exponential}) {
    auto f = failed(2);
    EXPECT_EQ(wait_of(policy(curve, 0s).after(f, 0.9)), 0s);
    f.retry_after = 7s;
    EXPECT_EQ(wait_of(policy(curve, 0s).after(f, 0.9)), 7s) << "without jitter: WAHA adds none when there is no delay";
  }
}

TEST(Retrying, GivenHugeNumbers_ThenTheWaitIsBounded) {
  auto f = failed(1000);
  f.retry_after = Millis::max();
  for (const auto curve : {RetryCurve::constant, RetryCurve::linear, RetryCurve::exponential}) {
    auto p = policy(curve, 24h);
    p.attempts = 1000;
    EXPECT_EQ(wait_of(p.after(f, 0.99)), p.delay_max);
  }
}

TEST(Retrying, GivenAllTriesUsedUp_WhenOthersGetThrough_ThenItIsPoisonAndParked) {
  auto f = failed(16);
  f.endpoint_alive = true;
  EXPECT_EQ(RetryPolicy{}.after(f, 0), NextStep(Park{Park::Why::attempts_used_up}));
  f.number = 15;
  EXPECT_EQ(wait_of(RetryPolicy{}.after(f, 0)), 2s) << "the fifteenth failure has its fifteenth retry";
  RetryPolicy once;
  once.attempts = 0;
  f.number = 1;
  EXPECT_EQ(once.after(f, 0), NextStep(Park{Park::Why::attempts_used_up}));
}

TEST(Retrying, GivenAllTriesUsedUp_WhenTheEndpointAnswersNobody_ThenItIsAnOutageUntilTheAgeMax) {
  auto f = failed(16);
  EXPECT_EQ(RetryPolicy{}.after(f, 0), NextStep(Outage{0s}));
  f.number = 100'000;
  f.failed_at = kAccepted + 72h - 1ms;
  EXPECT_EQ(RetryPolicy{}.after(f, 0), NextStep(Outage{0s}));
  f.retry_after = 10min;
  EXPECT_EQ(RetryPolicy{}.after(f, 0), NextStep(Outage{10min})) << "what was asked for is kept";
  f.failed_at = kAccepted + 72h;
  EXPECT_EQ(RetryPolicy{}.after(f, 0), NextStep(Park{Park::Why::too_old}));
}

TEST(Retrying, GivenPoisonThatIsToBeHeld_ThenItIsTriedForEverAtTheLastPaceButNotFasterThanOnceASecond) {
  RetryPolicy p = policy(RetryCurve::linear);
  p.on_exhausted = OnExhausted::hold;
  p.attempts = 3;
  auto f = failed(4);
  f.endpoint_alive = true;
  EXPECT_EQ(wait_of(p.after(f, 0)), 6s);
  f.number = 4000;
  EXPECT_EQ(wait_of(p.after(f, 0)), 6s);
  p.delay = 0s;
  EXPECT_EQ(wait_of(p.after(f, 0)), 1s);
  f.failed_at = kAccepted + 72h;
  EXPECT_EQ(p.after(f, 0), NextStep(Park{Park::Why::too_old}));
}

TEST(RetryCurves, GivenAList_ThenItsWaitsAreTakenInTurnAndTheLastOneAgain) {
  RetryPolicy p = policy(RetryCurve::list);
  p.delays = {1s, 10s, 60s};
  EXPECT_EQ(wait_of(p.after(failed(1), 0.9)), 1s);
  EXPECT_EQ(wait_of(p.after(failed(2), 0.9)), 10s);
  EXPECT_EQ(wait_of(p.after(failed(3), 0.9)), 60s);
  EXPECT_EQ(wait_of(p.after(failed(9), 0.9)), 60s);
  p.delays.clear();
  EXPECT_EQ(wait_of(p.after(failed(1), 0.9)), 2s) << "without a list, its delay";
}

TEST(Retrying, AnEventThatIsTooOldIsParkedWhateverIsLeft) {
  RetryPolicy p;
  p.age_max = 1h;
  EXPECT_EQ(p.after(failed(1, 1h), 0), NextStep(Park{Park::Why::too_old}));
  EXPECT_EQ(wait_of(p.after(failed(1, 1h - 1ms), 0)), 2s);
  EXPECT_EQ(wait_of(p.after(failed(1, -5s), 0)), 2s) << "a clock set back makes nothing old";
}

// Semantics 15 and 18, over random histories.
TEST(Retrying, ForAnyFailure_ThenItIsNeverEarlyNeverBeyondTheBoundAndOnlyParkedForAReason) {
  testing::Chance chance(18);
  for (int round = 0; round < 200'000; ++round) {
    RetryPolicy p;
    p.curve = static_cast<RetryCurve>(chance.below(4));
    p.delay = Millis{chance.one_in(5) ? 0 : chance.between(1, 3'600'000)};
    p.attempts = static_cast<int>(chance.between(0, 1000));
    p.delay_max = Millis{chance.between(30'000, 24 * 3'600'000)};
    p.age_max = Millis{chance.between(1, 200 * 3'600'000)};
    for (auto left = chance.below(4); left > 0; --left) p.delays.push_back(Millis{chance.between(0, 3'600'000)});
    p.on_exhausted = chance.one_in(2) ? OnExhausted::hold : OnExhausted::park;
    FailedAttempt f = failed(static_cast<int>(chance.between(1, 1100)), Millis{chance.between(-1000, 200 * 3'600'000)});
    f.endpoint_alive = chance.one_in(2);
    if (chance.one_in(2)) f.retry_after = Millis{chance.between(0, 100 * 3'600'000)};
    const double dice = chance.fraction();

    const NextStep step = p.after(f, dice);
    ASSERT_EQ(step, p.after(f, dice)) << "the same input, the same answer";
    const bool too_old = f.failed_at - f.accepted_at >= p.age_max, used_up = f.number > p.attempts;
    if (const auto* park = std::get_if<Park>(&step)) {
      ASSERT_TRUE(park->why == Park::Why::too_old ? too_old : used_up && f.endpoint_alive && p.on_exhausted == OnExhausted::park);
      continue;
    }
    ASSERT_FALSE(too_old);
    const Millis asked = std::min(f.retry_after.value_or(0ms), p.delay_max);
    if (const auto* outage = std::get_if<Outage>(&step)) {
      ASSERT_TRUE(used_up && !f.endpoint_alive);
      ASSERT_EQ(outage->wait, asked);
      continue;
    }
    ASSERT_TRUE(!used_up || (f.endpoint_alive && p.on_exhausted == OnExhausted::hold));
    const Millis wait = std::get<RetryAt>(step).wait;
    ASSERT_GE(wait, asked);
    if (p.curve != RetryCurve::list) {
      ASSERT_GE(wait, std::min(p.delay, p.delay_max));
    }
    ASSERT_LE(wait, p.delay_max);
  }
}

TEST(RetryAfter, IsSecondsOrADate) {
  const WallTime now = WallTime{std::chrono::sys_days{std::chrono::year{1994} / 11 / 6}} + 8h + 49min;
  EXPECT_EQ(parse_retry_after("0", now), 0ms);
  EXPECT_EQ(parse_retry_after(" 120\t", now), 120s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), 37s);
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:48:00 GMT", now), 0s) << "past";
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:01 GMT", now + 250ms), 750ms);
  EXPECT_EQ(parse_retry_after("Thu, 29 Feb 1996 00:00:00 GMT", now)->count() % 1000, 0);
}

TEST(RetryAfter, HugeSecondsStayHugeAndPositive) {
  for (const char* value : {"9999999999", "10000000000", "99999999999999999999999999"}) {
    const auto wait = parse_retry_after(value, kAccepted);
    ASSERT_TRUE(wait.has_value());
    EXPECT_GE(*wait, 9'999'999'999s) << value;
  }
}

TEST(RetryAfter, WhatIsNeitherIsNoWish) {
  for (const char* value : {"", " ", "-1", "+1", "1.5", "1 2", "0x10", "soon", "Sun, 06 Nov 1994 08:49:37 CET",
                            "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 31 Feb 1994 08:49:37 GMT",
                            "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Xxx 1994 08:49:37 GMT", "Sun, 06 anF 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1994 0a:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT+1", "1994-11-06T08:49:37Z"})
    EXPECT_EQ(parse_retry_after(value, kAccepted), std::nullopt) << value;
}

}  // namespace
}  // namespace chasqui
