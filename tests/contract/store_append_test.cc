// Appending: numbers, duplicates, all or nothing.
#include "tests/contract/store_contract.h"

namespace chasqui::testing {
namespace {

using ports::Appended;
using ::testing::ElementsAre;

TEST_P(StoreContract, NumbersEventsFromOneWithoutGaps) {
  EXPECT_EQ(recovered.next_seq, 1u);
  EXPECT_THAT(commit(events(1, 3)), ElementsAre(Appended{1}, Appended{2}, Appended{3}));
  EXPECT_THAT(commit(event(4)), ElementsAre(Appended{4}));
  EXPECT_THAT(commit(match_set(1, {1})), ElementsAre());
  EXPECT_THAT(commit(events(5, 6)), ElementsAre(Appended{5}, Appended{6}));
}

TEST_P(StoreContract, GivenAnIdTwiceInOneBatch_ThenTheSecondGetsTheFirstOnesSeq) {
  EXPECT_THAT(commit(event(1), event(2), event(1), event(3)),
              ElementsAre(Appended{1}, Appended{2}, Appended{1, true}, Appended{3}));
  EXPECT_EQ(read().events.size(), 3u);
}

TEST_P(StoreContract, GivenAnIdOfAnEarlierBatch_ThenItIsNotStoredAgain) {
  commit(events(1, 2));
  auto again = event(2);
  again.record = R"({"n":"told otherwise"})";
  EXPECT_THAT(commit(event(3), again), ElementsAre(Appended{3}, Appended{2, true}));
  const auto page = read();
  EXPECT_THAT(seqs(page), ElementsAre(1, 2, 3));
  EXPECT_EQ(page.events[1].record, event(2).record) << "the first one's words stay";
}

TEST_P(StoreContract, GivenAnIdOfAnEarlierLife_ThenItIsNotStoredAgain) {
  commit(events(1, 2));
  restart();
  EXPECT_THAT(commit(event(2), event(3)), ElementsAre(Appended{2, true}, Appended{3}));
}

TEST_P(StoreContract, GivenOnlyDuplicates_ThenTheRestOfTheBatchIsStoredAllTheSame) {
  commit(events(1, 2));
  EXPECT_THAT(commit(event(1), event(2), ports::ConfigRow{"endpoint", "a", "{}"}),
              ElementsAre(Appended{1, true}, Appended{2, true}));
  EXPECT_EQ(restart().config.size(), 1u);
  EXPECT_EQ(recovered.next_seq, 3u);
}

TEST_P(StoreContract, GivenARestart_ThenNumbersGoOn) {
  commit(events(1, 3));
  EXPECT_EQ(restart().next_seq, 4u);
  EXPECT_EQ(recovered.last_received_at_ms, event(3).received_at_ms);
  EXPECT_THAT(commit(event(4)), ElementsAre(Appended{4}));
  EXPECT_THAT(seqs(read()), ElementsAre(1, 2, 3, 4));
}

TEST_P(StoreContract, GivenTwoLivesWithoutAnEvent_ThenTheFirstEventIsStillNumberOne) {
  restart();
  restart();
  EXPECT_EQ(recovered.next_seq, 1u);
  EXPECT_THAT(commit(event(1)), ElementsAre(Appended{1}));
}

TEST_P(StoreContract, IdsThatDifferInOneBitAreDifferentEvents) {
  std::vector<ports::NewEvent> all;
  for (std::size_t bit = 0; bit < 128; ++bit) {
    all.push_back(event(1));
    all.back().id.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
  }
  commit(event(1));
  const auto appended = commit(std::move(all));
  for (std::size_t i = 0; i < appended.size(); ++i) EXPECT_EQ(appended[i], Appended{i + 2}) << i;
}

TEST_P(StoreContract, GivenBatchesHandedOverWithoutWaiting_ThenTheyAreCommittedInOrder) {
  std::vector<Seq> order;
  for (std::uint64_t n = 1; n <= 20; ++n)
    store.port().commit(std::make_shared<const ports::Batch>(batch(event(n))),
                        [&](Result<ports::Committed> r) { order.push_back(r->events.at(0).seq); });
  loop.run_until([&] { return order.size() == 20; });
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  const auto page = read();
  ASSERT_EQ(page.events.size(), 20u);
  for (std::uint64_t n = 1; n <= 20; ++n) EXPECT_EQ(page.events[n - 1].id, event(n).id);
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(On, StoreContract, ::testing::ValuesIn(all_store_kinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace chasqui::testing
