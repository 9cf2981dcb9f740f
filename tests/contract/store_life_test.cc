// Opening, closing, and callbacks.
#include "tests/contract/store_contract.h"

namespace chasqui::testing {
namespace {

using ::testing::ElementsAre;

TEST_P(StoreContract, GivenACommitUnderWay_WhenItIsClosed_ThenTheCommitIsFinished) {
  for (std::uint64_t n = 1; n <= 10; ++n) store.port().commit(std::make_shared<const ports::Batch>(batch(event(n))), [](auto) {});
  EXPECT_EQ(restart().next_seq, 11u);
  EXPECT_EQ(read().events.size(), 10u);
}

TEST_P(StoreContract, GivenReadsUnderWay_WhenItIsClosed_ThenTheirCallbacksNeverCome) {
  commit(event(1));
  int called = 0;
  store.port().read(all(), [&](auto) { ++called; });
  store.port().fetch({}, [&](auto) { ++called; });
  store.port().scan({}, [&](auto) { ++called; });
  store.port().find({}, [&](auto) { ++called; });
  store.port().ended(EndpointNo{1}, 1, [&](auto) { ++called; });
  store.port().attempts(1, [&](auto) { ++called; });
  store.port().parked(all_parked(), [&](auto) { ++called; });
  restart();
  read();
  loop.run_posted();
  EXPECT_EQ(called, 0);
}

TEST_P(StoreContract, CallbacksNeverComeInsideTheCall) {
  commit(event(1));
  int called = 0;
  store.port().commit(std::make_shared<const ports::Batch>(batch(event(2))), [&](auto) { ++called; });
  store.port().read(all(), [&](auto) { ++called; });
  store.port().attempts(1, [&](auto) { ++called; });
  store.port().parked(all_parked(), [&](auto) { ++called; });
  EXPECT_EQ(called, 0) << "they come on the loop, after what runs now";
  loop.run_until([&] { return called == 4; });
}

TEST_P(StoreContract, GivenACommitThatWasReported_ThenAReadSeesIt) {
  for (std::uint64_t n = 1; n <= 30; ++n) {
    commit(event(n), delivery(1, n).parked());
    ASSERT_THAT(seqs(read(from(n))), ElementsAre(n));
    ASSERT_EQ(parked().size(), n);
  }
}

TEST_P(StoreContract, GivenACallbackThatCommits_ThenTheStoreGoesOn) {
  std::uint64_t stored = 0;
  std::function<void(Result<ports::Committed>)> again = [&](const Result<ports::Committed>& r) {
    EXPECT_TRUE(r.has_value());
    if (++stored < 10) store.port().commit(std::make_shared<const ports::Batch>(batch(event(stored + 1))), again);
  };
  store.port().commit(std::make_shared<const ports::Batch>(batch(event(1))), again);
  loop.run_until([&] { return stored == 10; });
  EXPECT_EQ(read().events.size(), 10u);
}

TEST_P(StoreContract, ClosingTwiceOrBeforeItIsOpenedIsHarmless) {
  commit(event(1));
  store.close();
  store.close();
  store = BlockingStore(home->next_life(), loop);
  store.close();
  EXPECT_EQ(restart().next_seq, 2u);
}

TEST_P(StoreContract, GivenTheSameObject_WhenItIsClosedAndOpened_ThenItGoesOn) {
  commit(match_set(1, {5}), routed(event(1), 1));
  EXPECT_THAT(seqs(read(all().of(5))), ElementsAre(1));
  store.close();
  const auto again = store.open();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->next_seq, 2u);
  commit(match_set(2, {5}), routed(event(2), 2));
  EXPECT_THAT(seqs(read(all().of(5))), ElementsAre(1, 2));
}

}  // namespace
}  // namespace chasqui::testing
