// What became of deliveries: attempts, retries, parked ones, cursors, and what a start makes of them.
#include "tests/contract/store_contract.h"

namespace chasqui::testing {
namespace {

using ports::Checkpoint;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// As a start tells of it: the bytes stay where they are.
ports::Retry known(ports::Retry row) {
  row.frozen.clear();
  return row;
}

TEST_P(StoreContract, TellsAttemptsOldestFirst) {
  const auto one = delivery(1, 7), two = delivery(2, 7);
  commit(one.failed(1), one.retry(1), two.delivered(1));
  commit(one.failed(2), one.retry(2), delivery(1, 8).delivered());
  commit(one.delivered(3), delivery(3, 6).delivered());
  for (int life = 0; life < 2; ++life) {
    const auto rows = attempts(7);
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_FALSE(rows[0].delivered);
    EXPECT_EQ(rows[0].attempt, one.failed(1));
    EXPECT_TRUE(rows[1].delivered);
    EXPECT_EQ(rows[1].attempt.endpoint, EndpointNo{2});
    EXPECT_EQ(rows[2].attempt, one.failed(2));
    EXPECT_TRUE(rows[3].delivered);
    EXPECT_EQ(rows[3].attempt.attempt, 3);
    restart();
  }
  EXPECT_THAT(attempts(9), IsEmpty());
}

TEST_P(StoreContract, GivesBackADeliveredAttemptAsItWas) {
  ports::Delivered row = delivery(4'000'000'000, 1ull << 40, "message.any").delivered(7);
  row.status = 299;
  row.duration_us = 4'000'000'000;
  row.body_hash = 0xfedcba9876543210;
  ports::Delivered earlier = delivery(1, 3).delivered();
  earlier.started_at_ms = row.started_at_ms - 90'000;  // packed relative to the first of its batch
  commit(row, earlier);
  const auto rows = attempts(row.seq);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_TRUE(rows[0].delivered);
  EXPECT_EQ(rows[0].body_hash, row.body_hash);
  EXPECT_EQ(rows[0].attempt, (ports::Failed{row.endpoint, row.seq, row.part, row.attempt, row.status, "", "", row.started_at_ms,
                                            row.duration_us}));
  ASSERT_EQ(attempts(3).size(), 1u);
  EXPECT_EQ(attempts(3)[0].attempt.started_at_ms, earlier.started_at_ms);
}

TEST_P(StoreContract, GivenAFailureWithoutAnAnswer_ThenItsWordsStay) {
  auto row = delivery(1, 1).failed();
  row.status = 0;
  row.error = "connect_refused";
  row.detail = "nobody listens at '127.0.0.1:9'\n";
  commit(row);
  EXPECT_EQ(attempts(1).at(0).attempt, row);
}

TEST_P(StoreContract, GivenAFailedDelivery_ThenItsRetryOutlivesARestart) {
  const auto one = delivery(1, 3, "message"), other = delivery(2, 3);
  commit(one.failed(1), one.retry(1), other.failed(1), other.retry(1));
  EXPECT_THAT(restart().retries, UnorderedElementsAre(known(one.retry(1)), known(other.retry(1))));
  commit(one.failed(2), one.retry(2));
  EXPECT_THAT(restart().retries, UnorderedElementsAre(known(one.retry(2)), known(other.retry(1))));
}

TEST_P(StoreContract, GivenADeliveryAfterAFailure_ThenItsRetryEnds) {
  const auto one = delivery(1, 3, "message"), sibling = delivery(1, 3, "message.any"), neighbour = delivery(2, 3, "message");
  commit(one.retry(1), sibling.retry(1), neighbour.retry(1));
  commit(one.part_delivered(2));
  EXPECT_THAT(restart().retries, UnorderedElementsAre(known(sibling.retry(1)), known(neighbour.retry(1))));
}

TEST_P(StoreContract, GivenAParkedDelivery_ThenItsRetryEnds) {
  const auto one = delivery(1, 3), neighbour = delivery(1, 4);
  commit(one.retry(15), neighbour.retry(15));
  commit(one.failed(16), one.parked(16));
  EXPECT_THAT(restart().retries, ElementsAre(known(neighbour.retry(15))));
  EXPECT_EQ(recovered.parked, 1u);
}

TEST_P(StoreContract, GivenARetryAndItsEndInOneBatch_ThenItIsParked) {
  const auto one = delivery(1, 3);
  commit(one.retry(15), one.parked(16));
  EXPECT_THAT(restart().retries, IsEmpty());
}

TEST_P(StoreContract, GivenNoCheckpoint_ThenWhatWasSettledSinceTheBeginningIsKnown) {
  commit(events(1, 4), delivery(1, 2).delivered(), delivery(2, 1).delivered(), delivery(2, 3).parked());
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(1, {laggard(1, 1).settled({2}), laggard(2, 1).settled({1, 3})})));
}

TEST_P(StoreContract, FindsTheLastCheckpointAgain) {
  commit(events(1, 9));
  commit(tail_at(5, {laggard(1, 2).settled({4, 7}), laggard(3, 1)}));
  commit(tail_at(9, {laggard(1, 3).settled({4, 7}), laggard(2, 8)}));
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(9, {laggard(1, 3).settled({4, 7}), laggard(2, 8)})));
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(9, {laggard(1, 3).settled({4, 7}), laggard(2, 8)})))
      << "a life in which nothing happens changes nothing";
  commit(tail_at(10));
  EXPECT_EQ(restart().checkpoint, tail_at(10)) << "cursors that caught up are gone";
}

TEST_P(StoreContract, AppliesWhatWasSettledSinceTheCheckpoint) {
  commit(events(1, 9), tail_at(5, {laggard(1, 2).settled({4})}));
  commit(delivery(1, 2).delivered(), delivery(1, 6).parked(), delivery(2, 7).delivered());
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(5, {laggard(1, 2).settled({2, 4, 6}), laggard(2, 5).settled({7})})));
}

TEST_P(StoreContract, GivenALaterCheckpoint_ThenEarlierDeliveriesAreNotAppliedToIt) {
  // The later one may say less: a person moved the cursor back.
  commit(events(1, 9), delivery(1, 2).delivered(), delivery(1, 3).parked());
  commit(tail_at(10, {laggard(1, 1)}));
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(10, {laggard(1, 1)})));
  commit(delivery(1, 3).delivered());
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(10, {laggard(1, 1).settled({3})})));
}

TEST_P(StoreContract, GivenACheckpointThatCoversItsBatch_ThenItIsFoundAsItWas) {
  commit(events(1, 4), delivery(1, 1).delivered(), delivery(2, 2).delivered(), delivery(2, 4).parked(),
         tail_at(5, {laggard(2, 1).settled({2, 4})}));
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(5, {laggard(2, 1).settled({2, 4})})));
}

TEST_P(StoreContract, GivenADeliveryInTheBatchOfCursorsThatCoverIt_ThenItIsNotAppliedAgain) {
  commit(events(1, 4));
  commit(delivery(1, 3).delivered(), tail_at(5, {laggard(1, 1)}));
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(5, {laggard(1, 1)}))) << "cursors are true of the moment behind their batch";
}

TEST_P(StoreContract, KeepsAllThatCursorsSay) {
  const ports::CursorRow row = laggard(4'000'000'000, 700)
                                   .settled({701, 1ull << 40})
                                   .deferred(chat_lane(1), 3)
                                   .deferred(OrderKey{~std::uint64_t{0}}, 5, 400)
                                   .part_done(3, "message")
                                   .part_done(3, "")
                                   .part_done(701, "message.any")
                                   .hold_until(1'799'999'999'999);
  commit(tail_at(1ull << 41, {row, laggard(2, 9)}));
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(1ull << 41, {row, laggard(2, 9)})));
}

TEST_P(StoreContract, GivenADeferredLane_ThenWhatIsSettledOfItMovesItOn) {
  commit(events(1, 9));
  commit(tail_at(10, {laggard(1, 8).deferred(chat_lane(1), 2).deferred(chat_lane(2), 3)}));
  commit(delivery(1, 2).in(chat_lane(1)).delivered(2), delivery(1, 5).in(chat_lane(1)).parked(),
         delivery(1, 3).in(chat_lane(2)).ended());
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(10, {laggard(1, 8).deferred(chat_lane(1), 6).deferred(chat_lane(2), 4)})));
}

TEST_P(StoreContract, GivenABacklogThatEnded_ThenItsEndpointGoesOnBehindIt) {
  commit(events(1, 9), tail_at(6, {laggard(1, 2).settled({4}).deferred(chat_lane(1), 1).part_done(2, "message"), laggard(2, 3)}));
  commit(delivery(1, 7).delivered(), ended_range(1, 1, 6, 3), delivery(2, 5).retry());
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(6, {laggard(1, 6).settled({7}), laggard(2, 3)})));
}

TEST_P(StoreContract, GivenAnEventThatEnded_ThenItIsSettled) {
  commit(events(1, 5), delivery(1, 2).retry(), delivery(1, 3).retry());
  commit(delivery(1, 2).ended());
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(1, {laggard(1, 1).settled({2})})));
  EXPECT_THAT(recovered.retries, ElementsAre(known(delivery(1, 3).retry())));
}

TEST_P(StoreContract, GivenABacklogThatEnded_ThenItsRetriesDo) {
  const auto alone = delivery(1, 3, "message");
  commit(events(1, 9), delivery(1, 2).retry(), alone.retry_alone(), delivery(1, 8).retry(), delivery(2, 3).retry());
  commit(ended_range(1, 2, 8, 2));
  EXPECT_THAT(restart().retries, UnorderedElementsAre(known(delivery(1, 8).retry()), known(delivery(2, 3).retry())));
}

TEST_P(StoreContract, KnowsThePartsThatAreDoneOfAnEventThatIsNotSettled) {
  commit(events(1, 3), delivery(1, 3, "message").part_delivered(), delivery(2, 3, "message").part_parked());
  EXPECT_EQ(text(restart().checkpoint),
            text(tail_at(1, {laggard(1, 1).part_done(3, "message"), laggard(2, 1).part_done(3, "message")})));
  commit(delivery(1, 3, "message.any").delivered());
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(1, {laggard(1, 1).settled({3}), laggard(2, 1).part_done(3, "message")})));
}

TEST_P(StoreContract, GivenAPartThatCursorsTellOf_ThenItsEventsEndEndsIt) {
  commit(events(1, 3), tail_at(4, {laggard(1, 2).part_done(3, "message")}));
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(4, {laggard(1, 2).part_done(3, "message")})));
  commit(delivery(1, 3, "message.any").parked());
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(4, {laggard(1, 2).settled({3})})));
}

TEST_P(StoreContract, GivenBothPartsInOneBatch_ThenTheEventIsSettled) {
  commit(event(1), delivery(1, 1, "message").part_delivered(), delivery(1, 1, "message.any").delivered());
  EXPECT_EQ(text(restart().checkpoint), text(tail_at(1, {laggard(1, 1).settled({1})})));
}

}  // namespace
}  // namespace chasqui::testing
