#include "core/delivery/circuit.h"

#include <gtest/gtest.h>

namespace chasqui {
namespace {

using namespace std::chrono_literals;

class CircuitTest : public ::testing::Test {
 protected:
  void fail(int times, bool overload = false) {
    for (int i = 0; i < times; ++i) opened = circuit.failed(overload, now, 0) || opened;
  }
  std::size_t allowed() const { return circuit.allowance(32, now); }

  Circuit circuit;
  SteadyTime now{1h};
  bool opened = false;
};

TEST_F(CircuitTest, AnUnknownEndpointStartsWithFewRequestsAndEachSuccessAllowsOneMore) {
  EXPECT_EQ(allowed(), 4u);
  for (int i = 0; i < 10; ++i) circuit.succeeded(32);
  EXPECT_EQ(allowed(), 14u);
  for (int i = 0; i < 100; ++i) circuit.succeeded(32);
  EXPECT_EQ(allowed(), 32u) << "never more than the endpoint's limit";
}

TEST_F(CircuitTest, SignsOfOverloadHalveWhatIsAllowed_AndOtherFailuresDoNot) {
  for (int i = 0; i < 28; ++i) circuit.succeeded(32);
  fail(1, false);
  EXPECT_EQ(allowed(), 32u);
  fail(1, true);
  EXPECT_EQ(allowed(), 16u);
  fail(10, true);
  EXPECT_EQ(allowed(), 1u) << "but never to nothing";
}

TEST_F(CircuitTest, WahasSixteenTriesOfOneMessageDoNotOpenIt_ALongerRunDoes) {
  fail(16);
  EXPECT_FALSE(opened);
  fail(4);
  EXPECT_TRUE(opened);
  EXPECT_TRUE(circuit.is_open());
  EXPECT_EQ(allowed(), 0u);
}

TEST_F(CircuitTest, ARateOfFailuresOpensItAlthoughSomeGetThrough) {
  for (int i = 0; i < 20 && !opened; ++i) {
    circuit.succeeded(32);
    fail(5);
  }
  EXPECT_TRUE(opened);
}

TEST_F(CircuitTest, HalfOfTheAttemptsFailingDoesNotOpenIt) {
  for (int i = 0; i < 500; ++i) {
    circuit.succeeded(32);
    fail(1);
  }
  EXPECT_FALSE(opened);
}

TEST_F(CircuitTest, ProbesGoOneAtATimeAtGrowingIntervalsUpToThirtySeconds) {
  fail(20);
  std::vector<Millis> waits;
  for (int i = 0; i < 7; ++i) {
    const auto wait = *circuit.next_probe() - now;
    waits.push_back(std::chrono::duration_cast<Millis>(wait));
    now += wait - 1ms;
    EXPECT_EQ(allowed(), 0u);
    now += 1ms;
    EXPECT_EQ(allowed(), 1u);
    circuit.failed(true, now, 0);
  }
  EXPECT_EQ(waits, (std::vector<Millis>{1s, 2s, 4s, 8s, 16s, 30s, 30s}));
}

TEST_F(CircuitTest, DiceOnlyEverDelayAProbe) {
  circuit.give_up(now, 0.999);
  EXPECT_GE(*circuit.next_probe() - now, 1s);
  EXPECT_LE(*circuit.next_probe() - now, 1200ms);
}

TEST_F(CircuitTest, RequestsThatWereOutWhenItOpenedDoNotPutTheProbeOff) {
  fail(20);
  const auto probe = *circuit.next_probe();
  for (int i = 0; i < 31; ++i) circuit.failed(true, now, 0.5);
  EXPECT_EQ(*circuit.next_probe(), probe);
}

TEST_F(CircuitTest, TheFirstSuccessClosesItAndTheNumberAtOnceGrowsFromOne) {
  fail(20);
  EXPECT_TRUE(circuit.succeeded(32));
  EXPECT_FALSE(circuit.is_open());
  EXPECT_EQ(allowed(), 1u);
  EXPECT_FALSE(circuit.succeeded(32)) << "it closes once";
  EXPECT_EQ(allowed(), 2u);
}

TEST_F(CircuitTest, WhileItRampsUpAFewFailuresAreEnoughToOpenItAgain) {
  fail(20);
  circuit.succeeded(32);
  opened = false;
  fail(3);
  EXPECT_TRUE(opened);
  EXPECT_EQ(circuit.outages(), 2u);
}

}  // namespace
}  // namespace chasqui
