// What is the memory store's own: it gives way to newer events. The rest is in tests/contract.
#include "adapters/memory/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/store_rows.h"
#include "tests/support/virtual_world.h"

namespace chasqui {
namespace {

using testing::all;
using testing::batch;
using ::testing::ElementsAre;
using testing::event;
using testing::from;
using ::testing::IsEmpty;
using testing::match_set;
using testing::routed;
using testing::sized;

class FullMemory : public ::testing::Test {
 protected:
  FullMemory() { EXPECT_TRUE(store.open().has_value()); }

  std::vector<ports::Appended> commit(ports::Batch b) {
    std::vector<ports::Appended> out;
    store.commit(std::make_shared<const ports::Batch>(std::move(b)), [&](Result<ports::Committed> r) { out = r->events; });
    loop.run();
    return out;
  }
  ports::ReadPage read(ports::ReadRange range) {
    ports::ReadPage out;
    store.read(range, [&](Result<ports::ReadPage> r) { out = *r; });
    loop.run();
    return out;
  }
  std::vector<Seq> seqs(const ports::ReadPage& page) {
    std::vector<Seq> out;
    for (const auto& e : page.events) out.push_back(e.seq);
    return out;
  }
  // Of 1,000 bytes each, so that about eight are kept.
  void fill(std::uint64_t first, std::uint64_t last, std::uint32_t set = 0) {
    for (std::uint64_t n = first; n <= last; ++n) commit(batch(routed(sized(event(n), 1000), set)));
  }

  testing::VirtualLoop loop;
  MemoryStore store{loop, 10'000};
};

TEST_F(FullMemory, KeepsTheNewestEventsWithinItsLimit) {
  fill(1, 20);
  const auto page = read(all());
  ASSERT_FALSE(page.events.empty());
  EXPECT_GT(page.events.front().seq, 10u);
  EXPECT_EQ(page.events.back().seq, 20u);
  EXPECT_EQ(page.events.size(), 21 - page.events.front().seq) << "without a gap";
  EXPECT_EQ(page.next, 21u);
}

TEST_F(FullMemory, GivenAReadOfWhatIsGone_ThenItBeginsWithTheOldestThatIsLeft) {
  fill(1, 20);
  const Seq oldest = read(all()).events.front().seq;
  const auto page = read(from(3).events(2));
  EXPECT_THAT(seqs(page), ElementsAre(oldest, oldest + 1));
  EXPECT_EQ(page.next, oldest + 2);
  EXPECT_THAT(seqs(read(from(oldest + 3).events(1))), ElementsAre(oldest + 3));
}

TEST_F(FullMemory, GivenAReadForAnEndpointWhoseEventsAreGone_ThenItMakesProgress) {
  commit(batch(match_set(1, {5}), match_set(2, {6})));
  fill(1, 3, 1);
  fill(4, 20, 2);
  const auto page = read(all().of(5));
  EXPECT_THAT(page.events, IsEmpty());
  EXPECT_EQ(page.next, 21u);
}

TEST_F(FullMemory, GivenAnEventLargerThanAllOfIt_ThenTheEventIsKept) {
  fill(1, 3);
  commit(batch(sized(event(4), 50'000)));
  EXPECT_THAT(seqs(read(all())), ElementsAre(4));
  fill(5, 5);
  EXPECT_THAT(seqs(read(all())), ElementsAre(5));
}

TEST_F(FullMemory, GivenABatchLargerThanAllOfIt_ThenEachEventStillGetsItsSeq) {
  std::vector<ports::NewEvent> many;
  for (std::uint64_t n = 1; n <= 30; ++n) many.push_back(sized(event(n), 1000));
  const auto appended = commit(batch(std::move(many)));
  ASSERT_EQ(appended.size(), 30u);
  EXPECT_EQ(appended.back(), ports::Appended{30});
  EXPECT_EQ(read(all()).events.back().seq, 30u);
}

TEST_F(FullMemory, GivenAnIdWhoseEventIsGone_ThenItIsANewEvent) {
  fill(1, 20);
  EXPECT_THAT(commit(batch(event(20))), ElementsAre(ports::Appended{20, true}));
  EXPECT_THAT(commit(batch(event(1))), ElementsAre(ports::Appended{21}));
}

TEST_F(FullMemory, GivenARestart_ThenNumbersGoOnAlthoughEventsAreGone) {
  fill(1, 20);
  store.close();
  EXPECT_EQ(store.open()->next_seq, 21u);
  EXPECT_EQ(read(all()).events.back().seq, 20u);
}

}  // namespace
}  // namespace chasqui
