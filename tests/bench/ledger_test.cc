#include "bench/ledger.h"

#include <gtest/gtest.h>

namespace chasqui::bench {
namespace {

const Clock::time_point kStart{1h};

TEST(Ledger, CountsAnAcknowledgedMessageThatDoesNotArriveAsLost) {
  Ledger ledger(1, Audience::all_endpoints);
  ledger.acknowledged(ledger.post(0, 1, kStart));
  const auto second = ledger.post(0, 1, kStart);
  ledger.acknowledged(second);
  ledger.arrived(second, 0, kStart + 1ms);
  EXPECT_EQ(ledger.lost(), 1u);
  EXPECT_EQ(ledger.outstanding(), 1u);
}

TEST(Ledger, DoesNotMissWhatWasNeverAcknowledged) {
  Ledger ledger(1, Audience::all_endpoints);
  ledger.post(0, 1, kStart);
  EXPECT_EQ(ledger.lost(), 0u);
}

TEST(Ledger, ExpectsAMessageAtEveryEndpointOfItsAudience) {
  Ledger ledger(3, Audience::all_endpoints);
  const auto number = ledger.post(0, 1, kStart);
  ledger.acknowledged(number);
  ledger.arrived(number, 0, kStart);
  ledger.arrived(number, 2, kStart);
  EXPECT_EQ(ledger.lost(), 1u);
  ledger.arrived(number, 1, kStart);
  EXPECT_EQ(ledger.lost(), 0u);
  EXPECT_EQ(ledger.duplicates(), 0u);
}

TEST(Ledger, ExpectsASessionsMessageAtItsOwnEndpointOnly) {
  Ledger ledger(3, Audience::own_endpoint);
  const auto number = ledger.post(2, 1, kStart);
  ledger.acknowledged(number);
  EXPECT_EQ(ledger.outstanding(), 1u);
  ledger.arrived(number, 2, kStart);
  EXPECT_EQ(ledger.outstanding(), 0u);
  EXPECT_EQ(ledger.lost(), 0u);
}

TEST(Ledger, TellsARepeatedWebhookFromAnInversion) {
  Ledger ledger(1, Audience::all_endpoints);
  const auto first = ledger.post(0, 1, kStart), second = ledger.post(0, 1, kStart);
  ledger.arrived(first, 0, kStart);
  ledger.arrived(second, 0, kStart);
  ledger.arrived(first, 0, kStart);
  EXPECT_EQ(ledger.duplicates(), 1u);
  EXPECT_EQ(ledger.inversions(), 0u);
}

TEST(Ledger, SeesAMessageThatOvertookAnEarlierOneOfItsChat) {
  Ledger ledger(1, Audience::all_endpoints);
  const auto first = ledger.post(0, 1, kStart), second = ledger.post(0, 1, kStart);
  ledger.arrived(second, 0, kStart);
  ledger.arrived(first, 0, kStart);
  EXPECT_EQ(ledger.inversions(), 1u);
}

TEST(Ledger, LetsChatsOvertakeEachOther) {
  Ledger ledger(1, Audience::all_endpoints);
  const auto first = ledger.post(0, 1, kStart), second = ledger.post(0, 2, kStart), third = ledger.post(1, 1, kStart);
  for (const auto number : {third, second, first}) ledger.arrived(number, 0, kStart);
  EXPECT_EQ(ledger.inversions(), 0u);
}

TEST(Ledger, TakesALateArrivalIntoTheLatenciesOfTheStretchInWhichItWasDue) {
  Ledger ledger(1, Audience::all_endpoints);
  ledger.measure(kStart, kStart + 1s);
  const auto before = ledger.post(0, 1, kStart - 1ms), within = ledger.post(0, 1, kStart + 500ms);
  ledger.arrived(before, 0, kStart + 2ms);
  ledger.arrived(within, 0, kStart + 5s);
  ASSERT_EQ(ledger.samples().size(), 1u);
  EXPECT_FLOAT_EQ(ledger.samples()[0].latency_ms, 4500);
  EXPECT_EQ(ledger.arrived_while_measuring(), 1u) << "the first came in that stretch, the second long after it";
}

TEST(Ledger, WaitsNoLongerForARefusedMessage) {
  Ledger ledger(2, Audience::all_endpoints);
  ledger.refused(ledger.post(0, 1, kStart));
  EXPECT_EQ(ledger.outstanding(), 0u);
  EXPECT_EQ(ledger.refused(), 1u);
}

TEST(Ledger, CountsWhatIsStillToComeOfTheMessagesBeforeOne) {
  Ledger ledger(2, Audience::all_endpoints);
  const auto first = ledger.post(0, 1, kStart);
  const auto second = ledger.post(0, 1, kStart);
  ledger.arrived(first, 0, kStart);
  EXPECT_EQ(ledger.outstanding_below(second), 1u);
  EXPECT_EQ(ledger.outstanding_below(second + 1), 3u);
}

}  // namespace
}  // namespace chasqui::bench
