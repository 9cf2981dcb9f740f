// Reading events back: ranges, limits, one endpoint's view, raw bytes.
#include "tests/contract/store_contract.h"

namespace chasqui::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(StoreContract, GivesBackEveryHeaderAsItWas) {
  auto e = event(1);
  e.type = EventType::engine_raw;
  e.session = SessionNo{0xffffffff};
  e.order_key = OrderKey{0xfedcba9876543210};
  e.subject = 0x8000000000000001;
  e.match_set = MatchSetNo{3};
  e.context = ContextNo{0x80000000};
  e.received_at_ms = 1'799'999'999'999;
  commit(match_set(1, {}), match_set(2, {}), match_set(3, {1}), e);
  for (int life = 0; life < 2; ++life) {
    const auto page = read();
    ASSERT_EQ(page.events.size(), 1u);
    const auto& got = page.events[0];
    EXPECT_EQ(got.seq, 1u);
    EXPECT_EQ(got.id, e.id);
    EXPECT_EQ(got.type, e.type);
    EXPECT_EQ(got.session, e.session);
    EXPECT_EQ(got.order_key, e.order_key);
    EXPECT_EQ(got.subject, e.subject);
    EXPECT_EQ(got.match_set, e.match_set);
    EXPECT_EQ(got.context, e.context);
    EXPECT_EQ(got.received_at_ms, e.received_at_ms);
    EXPECT_EQ(got.record, e.record);
    EXPECT_EQ(got.raw, nullptr);
    EXPECT_EQ(got.item_length, 0u);
    restart();
  }
}

TEST_P(StoreContract, GivenAnEmptyStore_ThenAPageIsEmptyAndGoesOnWhereItBegan) {
  const auto page = read(all());
  EXPECT_THAT(page.events, IsEmpty());
  EXPECT_EQ(page.next, 1u);
}

TEST_P(StoreContract, ReadsFromAnyPlace) {
  commit(events(1, 4));
  commit(events(5, 6));
  EXPECT_THAT(seqs(read(all())), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(seqs(read(from(4))), ElementsAre(4, 5, 6));
  EXPECT_THAT(seqs(read(from(6))), ElementsAre(6));
  const auto beyond = read(from(7));
  EXPECT_THAT(beyond.events, IsEmpty());
  EXPECT_EQ(beyond.next, 7u);
}

TEST_P(StoreContract, StopsAtTheNumberOfEvents) {
  commit(events(1, 7));
  std::vector<std::size_t> sizes;
  for (Seq next = 1; next <= 7;) {
    const auto page = read(from(next).events(3));
    ASSERT_GT(page.next, next) << "each page makes progress";
    sizes.push_back(page.events.size());
    next = page.next;
  }
  EXPECT_THAT(sizes, ElementsAre(3, 3, 1));
}

TEST_P(StoreContract, StopsBehindTheEventThatReachesTheNumberOfBytes) {
  commit(sized(event(1), 1000), sized(event(2), 1000), sized(event(3), 1000), sized(event(4), 1000));
  const auto reached = read(all().bytes(2000));
  EXPECT_THAT(seqs(reached), ElementsAre(1, 2));
  EXPECT_EQ(reached.next, 3u);
  EXPECT_THAT(seqs(read(all().bytes(2001))), ElementsAre(1, 2, 3));
}

TEST_P(StoreContract, CountsAnEventsItemWithItsRecord) {
  Source source(std::string(3000, 'r'));
  for (std::uint64_t n = 1; n <= 3; ++n) source.with(sized(event(n), 1000), static_cast<std::uint32_t>(n - 1) * 1000, 1000);
  commit(std::move(source));
  EXPECT_THAT(seqs(read(all().bytes(2000))), ElementsAre(1));
  EXPECT_THAT(seqs(read(all().bytes(2001))), ElementsAre(1, 2));
}

TEST_P(StoreContract, GivenOneEventLargerThanThePage_ThenItIsReadAllTheSame) {
  commit(sized(event(1), 100'000), event(2));
  const auto page = read(all().bytes(10));
  EXPECT_THAT(seqs(page), ElementsAre(1));
  EXPECT_EQ(page.events[0].record.size(), 100'000u);
  EXPECT_EQ(page.next, 2u);
}

TEST_P(StoreContract, ReadsForAnEndpointOnlyWhatWasRoutedToIt) {
  commit(match_set(1, {5}), match_set(2, {5, 9}), match_set(3, {}));
  commit(routed(event(1), 1), routed(event(2), 2), routed(event(3), 3), routed(event(4), 0), routed(event(5), 2), event(6));
  EXPECT_THAT(seqs(read(all().of(5))), ElementsAre(1, 2, 5));
  EXPECT_THAT(seqs(read(all().of(9))), ElementsAre(2, 5));
  EXPECT_THAT(seqs(read(all().of(6))), IsEmpty());
  EXPECT_EQ(read(all().of(6)).next, 7u) << "everything below was looked at";
}

TEST_P(StoreContract, GivenAPageForAnEndpointThatIsFull_ThenTheNextOneGoesOnRightBehind) {
  commit(match_set(1, {5}), match_set(2, {9}));
  for (std::uint64_t n = 1; n <= 12; ++n) commit(routed(event(n), n % 3 == 0 ? 1 : 2));
  std::vector<Seq> all;
  Seq next = 1;
  while (next < 13) {
    const auto page = read(from(next).events(1).of(5));
    ASSERT_GT(page.next, next);
    for (const Seq seq : seqs(page)) all.push_back(seq);
    if (!page.events.empty()) {
      EXPECT_EQ(page.next, page.events.back().seq + 1);
    }
    next = page.next;
  }
  EXPECT_THAT(all, ElementsAre(3, 6, 9, 12));
}

TEST_P(StoreContract, GivenAMatchSetWhoseEndpointsAreInNoOrder_ThenEachIsFound) {
  commit(match_set(1, {9, 2, 7, 1}), routed(event(1), 1));
  for (const std::uint32_t endpoint : {9u, 2u, 7u, 1u}) EXPECT_THAT(seqs(read(all().of(endpoint))), ElementsAre(1)) << endpoint;
}

TEST_P(StoreContract, GivenAMatchSetThatComesAfterTheFirstRead_ThenItsEventsAreFound) {
  commit(match_set(1, {5}), routed(event(1), 1));
  EXPECT_THAT(seqs(read(all().of(5))), ElementsAre(1));
  commit(match_set(2, {5, 6}), routed(event(2), 2));
  EXPECT_THAT(seqs(read(all().of(5))), ElementsAre(1, 2));
  restart();
  commit(match_set(3, {6}), routed(event(3), 3));
  EXPECT_THAT(seqs(read(all().of(6))), ElementsAre(2, 3));
}

TEST_P(StoreContract, GivesEachEventItsSliceOfTheSourcesExactBytes) {
  const std::string body = R"({"a":{"n":1},"b":{"n":22}})";
  commit(event(1), Source(body).with(event(2), 5, 7).with(event(3), 17, 8));
  for (int life = 0; life < 2; ++life) {
    const auto page = read();
    ASSERT_EQ(page.events.size(), 3u);
    EXPECT_EQ(page.events[0].raw, nullptr);
    ASSERT_NE(page.events[1].raw, nullptr);
    EXPECT_EQ(*page.events[1].raw, body);
    EXPECT_EQ(page.events[1].raw->substr(page.events[1].item_offset, page.events[1].item_length), R"({"n":1})");
    EXPECT_EQ(page.events[2].raw->substr(page.events[2].item_offset, page.events[2].item_length), R"({"n":22})");
    EXPECT_EQ(page.events[1].raw, page.events[2].raw) << "events of one delivery share its bytes in memory";
    restart();
  }
}

TEST_P(StoreContract, KeepsSeveralSourcesOfOneBatchApart) {
  const std::string binary("\0\xff\n{}\0", 6), empty;
  commit(Source("first").with(event(1), 0, 5), Source(binary, std::string(300, 't')).with(event(2), 0, 6).with(event(3), 2, 1),
         Source(empty, "").with(event(4), 0, 0));
  commit(Source("next").with(event(5), 1, 3));
  const auto page = read();
  ASSERT_EQ(page.events.size(), 5u);
  EXPECT_EQ(*page.events[0].raw, "first");
  EXPECT_EQ(*page.events[1].raw, binary);
  EXPECT_EQ(*page.events[2].raw, binary);
  ASSERT_NE(page.events[3].raw, nullptr);
  EXPECT_EQ(*page.events[3].raw, empty);
  EXPECT_EQ(*page.events[4].raw, "next");
  EXPECT_EQ(page.events[4].item_offset, 1u);
}

TEST_P(StoreContract, GivenASourceSomeOfWhoseEventsAreKnown_ThenTheNewOnesHaveTheirBytes) {
  commit(Source("the first telling").with(event(1), 0, 3));
  commit(Source("told again, and more").with(event(1), 0, 4).with(event(2), 16, 4),
         Source("another").with(event(1), 0, 1).with(event(3), 0, 7));
  const auto page = read();
  ASSERT_EQ(page.events.size(), 3u);
  EXPECT_EQ(*page.events[0].raw, "the first telling");
  EXPECT_EQ(*page.events[1].raw, "told again, and more");
  EXPECT_EQ(page.events[1].raw->substr(page.events[1].item_offset, page.events[1].item_length), "more");
  EXPECT_EQ(*page.events[2].raw, "another");
}

TEST_P(StoreContract, GivenManyEvents_ThenAFewPagesHoldThemAll) {
  commit(match_set(1, {1}));
  for (std::uint64_t n = 1; n <= 1500; n += 100) {
    std::vector<ports::NewEvent> some = events(n, n + 99);
    for (auto& e : some) e.match_set = MatchSetNo{n % 200 == 1 ? 1u : 0u};
    commit(std::move(some));
  }
  std::size_t found = 0, pages = 0;
  for (Seq next = 1; next <= 1500; ++pages) {
    const auto page = read(from(next).events(200).of(1));
    ASSERT_GT(page.next, next);
    found += page.events.size();
    next = page.next;
  }
  EXPECT_EQ(found, 800u);
  EXPECT_LE(pages, 8u) << "what is skipped costs no page";
}

}  // namespace
}  // namespace chasqui::testing
