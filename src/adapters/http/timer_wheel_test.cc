#include "adapters/http/timer_wheel.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/support/random_event.h"

namespace chasqui::http {
namespace {

using namespace std::chrono_literals;
using ports::TimerId;

class TimerWheelTest : public ::testing::Test {
 protected:
  TimerId set(Millis in, std::string name) {
    return wheel.at(now + in, now, [this, name = std::move(name)] { ran.push_back(name); });
  }
  void pass(Millis time) {
    now += time;
    wheel.run_due(now);
  }

  SteadyTime now{1h};
  TimerWheel wheel{now};
  std::vector<std::string> ran;
};

using Names = std::vector<std::string>;

TEST_F(TimerWheelTest, ATimerRunsAtItsTimeOrUpToATickLaterNeverEarlier) {
  for (const Millis in : {1ms, 99ms, 100ms, 101ms, 1000ms, 5050ms, 102'300ms, 102'400ms, 102'500ms, 1'000'000ms}) {
    const auto start = now;
    ran.clear();
    set(in, "it");
    while (ran.empty()) pass(10ms);
    EXPECT_GE(now - start, in) << in.count();
    EXPECT_LE(now - start, in + 110ms) << in.count();
  }
}

TEST_F(TimerWheelTest, TimersRunInTheOrderOfTheirTimesThenOfSetting) {
  set(500ms, "c");
  set(300ms, "a");
  set(500ms, "d");
  set(499ms, "b");
  pass(10s);
  EXPECT_EQ(ran, (Names{"a", "b", "c", "d"}));
}

TEST_F(TimerWheelTest, ATimerOfThePastRunsAtTheNextTick) {
  set(-5s, "late");
  pass(0ms);
  EXPECT_TRUE(ran.empty());
  pass(100ms);
  EXPECT_EQ(ran, Names{"late"});
}

TEST_F(TimerWheelTest, ACancelledTimerDoesNotRunAndCancellingTwiceIsHarmless) {
  const auto id = set(200ms, "no");
  set(200ms, "yes");
  wheel.cancel(id);
  wheel.cancel(id);
  wheel.cancel(TimerId::none);
  wheel.cancel(TimerId{12345});
  pass(1s);
  EXPECT_EQ(ran, Names{"yes"});
  wheel.cancel(id);
  EXPECT_TRUE(wheel.empty());
}

TEST_F(TimerWheelTest, AnOldIdDoesNotCancelTheTimerThatTookItsPlace) {
  const auto old = set(200ms, "old");
  wheel.cancel(old);
  set(200ms, "new");
  wheel.cancel(old);
  pass(1s);
  EXPECT_EQ(ran, Names{"new"});
}

TEST_F(TimerWheelTest, ATaskMaySetAndCancelTimersEvenThoseThatAreDue) {
  TimerId victim = TimerId::none;
  wheel.at(now + 100ms, now, [&] {
    ran.push_back("first");
    wheel.cancel(victim);
    set(-1ms, "later");
  });
  victim = set(100ms, "victim");
  pass(1s);
  EXPECT_EQ(ran, Names{"first"}) << "what a task sets runs in a later turn";
  pass(100ms);
  EXPECT_EQ(ran, (Names{"first", "later"}));
}

TEST_F(TimerWheelTest, WhatACancelledTaskHeldMayComeBackToTheWheel) {
  auto holder = std::shared_ptr<void>(nullptr, [this](void*) { set(100ms, "from the grave"); });
  const auto id = wheel.at(now + 100ms, now, [holder] {});
  holder.reset();
  wheel.cancel(id);
  pass(1s);
  EXPECT_EQ(ran, Names{"from the grave"});
}

// An idle process must not be woken.
TEST_F(TimerWheelTest, AnEmptyWheelWantsNothing) {
  EXPECT_EQ(wheel.next(), std::nullopt);
  const auto id = set(300ms, "it");
  ASSERT_TRUE(wheel.next().has_value());
  EXPECT_GE(*wheel.next(), now + 300ms);
  EXPECT_LE(*wheel.next(), now + 400ms);
  EXPECT_EQ(*wheel.next(), wheel.due(now + 300ms));
  wheel.cancel(id);
  EXPECT_EQ(wheel.next(), std::nullopt);
}

TEST_F(TimerWheelTest, AWheelThatStoodStillGoesOnFromTheTimeThatItIsTold) {
  now += 240h;
  set(100ms, "it");
  EXPECT_LE(*wheel.next(), now + 200ms);
  pass(200ms);
  EXPECT_EQ(ran, Names{"it"});
}

// The loop sleeps until next(): if it were ever too late, a timer would run late.
TEST_F(TimerWheelTest, ForAnyTimers_ThenWakingAtNextIsEnough) {
  testing::Chance chance(9);
  std::multimap<SteadyTime, TimerId> live;
  std::size_t runs = 0;
  for (int step = 0; step < 20'000; ++step) {
    if (chance.one_in(2) && live.size() < 200) {
      const auto when = now + Millis{chance.one_in(20) ? chance.between(0, 400'000) : chance.between(-500, 5'000)};
      const auto place = live.emplace(std::max(when, now), TimerId::none);  // of the past: as soon as can be
      place->second = wheel.at(when, now, [&, place] {
        EXPECT_GE(now, place->first);
        live.erase(place);
        ++runs;
      });
    } else if (chance.one_in(4) && !live.empty()) {
      const auto victim = std::next(live.begin(), static_cast<std::ptrdiff_t>(chance.below(live.size())));
      wheel.cancel(victim->second);
      live.erase(victim);
    } else if (const auto next = wheel.next()) {
      now = chance.one_in(3) ? now + Millis{chance.between(0, 3'000)} : std::max(now, *next);
      wheel.run_due(now);
      for (const auto& [when, id] : live) ASSERT_GT(when, now - 200ms) << "overdue by more than a tick";
    }
    ASSERT_EQ(wheel.size(), live.size());
    ASSERT_EQ(wheel.next().has_value(), !live.empty());
  }
  EXPECT_GT(runs, 1000u);
}

}  // namespace
}  // namespace chasqui::http
