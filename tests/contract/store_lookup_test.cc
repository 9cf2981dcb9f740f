// Look-ups: single events, lanes, messages, parked deliveries and what ended.
#include "tests/contract/store_contract.h"

namespace chasqui::testing {
namespace {

using ports::ScanRow;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StoreLookUps : public StoreContract {
 protected:
  std::vector<ports::Fetched> fetch(std::uint32_t endpoint, std::vector<Seq> wanted, bool alone = false) {
    auto found = store.fetch({EndpointNo{endpoint}, std::move(wanted), alone});
    EXPECT_TRUE(found.has_value()) << text(found);
    return found ? std::move(*found) : std::vector<ports::Fetched>{};
  }
  ports::ScanPage scan(std::uint32_t endpoint, std::vector<OrderKey> lanes, Seq first, Seq until, std::size_t rows_max = 100) {
    std::sort(lanes.begin(), lanes.end());
    auto page = store.scan({EndpointNo{endpoint}, std::move(lanes), first, until, rows_max});
    EXPECT_TRUE(page.has_value()) << text(page);
    return page ? std::move(*page) : ports::ScanPage{};
  }
  ports::FindPage find(std::uint64_t subject, Seq first, Seq until, std::size_t events_max = 100) {
    return find(subject, {}, first, until, events_max);
  }
  ports::FindPage find(std::vector<EventId> ids, Seq first, Seq until, std::size_t events_max = 100) {
    return find(0, std::move(ids), first, until, events_max);
  }
  ports::FindPage find(std::uint64_t subject, std::vector<EventId> ids, Seq first, Seq until, std::size_t events_max) {
    ports::FindRange range;
    range.subject = subject;
    range.from = first;
    range.until = until;
    range.events_max = events_max;
    range.ids = std::move(ids);
    auto page = store.find(std::move(range));
    EXPECT_TRUE(page.has_value()) << text(page);
    return page ? std::move(*page) : ports::FindPage{};
  }
  std::vector<ports::Ended> ended(std::uint32_t endpoint, std::size_t limit = 100) {
    auto rows = store.ended(EndpointNo{endpoint}, limit);
    EXPECT_TRUE(rows.has_value()) << text(rows);
    return rows ? std::move(*rows) : std::vector<ports::Ended>{};
  }
};

TEST_P(StoreLookUps, FetchesSingleEventsWithTheirBytes) {
  commit(Source("source of two").with(event(1), 0, 6).with(event(2), 7, 6), event(3), sized(event(4), 30'000));
  const auto found = fetch(1, {1, 2, 4});
  ASSERT_EQ(found.size(), 3u);
  const auto page = read();
  EXPECT_EQ(text(found[0].event), text(page.events[0]));
  EXPECT_EQ(text(found[1].event), text(page.events[1]));
  EXPECT_EQ(text(found[2].event), text(page.events[3]));
  EXPECT_EQ(found[0].frozen, "");
  EXPECT_EQ(found[0].event.raw, found[1].event.raw) << "events of one delivery share its bytes in memory";
}

TEST_P(StoreLookUps, LeavesOutEventsThatAreNotThere) {
  commit(events(1, 3));
  EXPECT_THAT(fetch(1, {}), IsEmpty());
  EXPECT_THAT(fetch(1, {4, 1ull << 40}), IsEmpty());
  ASSERT_EQ(fetch(1, {2, 3, 4}).size(), 2u);
}

TEST_P(StoreLookUps, FetchesTheFrozenBytesOfARetry) {
  const auto one = delivery(1, 2), other = delivery(2, 2);
  commit(events(1, 3), one.retry());
  for (int life = 0; life < 2; ++life) {
    EXPECT_EQ(fetch(1, {2})[0].frozen, one.frozen());
    EXPECT_EQ(fetch(1, {1})[0].frozen, "");
    EXPECT_EQ(fetch(2, {2})[0].frozen, "") << "of another endpoint";
    restart();
  }
  commit(other.retry(), one.delivered(2));
  EXPECT_EQ(fetch(1, {2})[0].frozen, "");
  EXPECT_EQ(fetch(2, {2})[0].frozen, other.frozen());
}

TEST_P(StoreLookUps, KeepsAResumedPartsBytesApartFromTheDeliverysOwn) {
  const auto first = delivery(1, 1, "message"), rest = delivery(1, 1, "message.any");
  commit(event(1), rest.retry(), first.retry_alone());
  EXPECT_EQ(fetch(1, {1}, false)[0].frozen, rest.frozen());
  EXPECT_EQ(fetch(1, {1}, true)[0].frozen, first.frozen());
  commit(delivery(1, 1, "a").retry_alone());
  EXPECT_EQ(fetch(1, {1}, true)[0].frozen, delivery(1, 1, "a").frozen()) << "the first by name";
}

TEST_P(StoreLookUps, ScansForTheEventsOfSomeLanes) {
  commit(match_set(1, {5}), match_set(2, {6}));
  const auto mine = [](std::uint64_t n, std::uint64_t chat, std::uint32_t set = 1) {
    return routed(in_chat(event(n), chat), set);
  };
  commit(mine(1, 1), mine(2, 2), mine(3, 1, 2), mine(4, 3), mine(5, 1), mine(6, 2));
  const auto page = scan(5, {chat_lane(1), chat_lane(2)}, 1, 7);
  EXPECT_THAT(page.rows,
              ElementsAre(ScanRow{1, chat_lane(1), event(1).received_at_ms}, ScanRow{2, chat_lane(2), event(2).received_at_ms},
                          ScanRow{5, chat_lane(1), event(5).received_at_ms}, ScanRow{6, chat_lane(2), event(6).received_at_ms}));
  EXPECT_EQ(page.matched, 4u);
  EXPECT_EQ(page.next, 7u);
  EXPECT_THAT(scan(5, {chat_lane(2)}, 3, 6).rows, IsEmpty()) << "only in the range";
  EXPECT_EQ(scan(6, {chat_lane(1)}, 1, 7).rows.at(0).seq, 3u);
}

TEST_P(StoreLookUps, CountsEverythingOfAnEndpointWhenNoLaneIsNamed) {
  commit(match_set(1, {5}), routed(event(1), 1), event(2), routed(event(3), 1), routed(event(4), 1));
  const auto page = scan(5, {}, 2, 5, 0);
  EXPECT_THAT(page.rows, IsEmpty());
  EXPECT_EQ(page.matched, 2u);
  EXPECT_EQ(page.next, 5u);
}

TEST_P(StoreLookUps, StopsAScanAtItsRowsAndGoesOnThere) {
  commit(match_set(1, {5}));
  for (std::uint64_t n = 1; n <= 9; ++n) commit(routed(in_chat(event(n), n % 2), 1));
  std::vector<Seq> found;
  for (Seq next = 1; next < 10;) {
    const auto page = scan(5, {chat_lane(1)}, next, 10, 2);
    ASSERT_GT(page.next, next);
    EXPECT_EQ(page.matched, page.rows.size());
    for (const auto& row : page.rows) found.push_back(row.seq);
    next = page.next;
  }
  EXPECT_THAT(found, ElementsAre(1, 3, 5, 7, 9));
}

TEST_P(StoreLookUps, KnowsLanesOfEveryOrder) {
  const auto e = routed(in_chat(event(1), 4), 1);
  commit(match_set(1, {5}), e);
  for (const auto scope : {OrderScope::chat, OrderScope::session, OrderScope::endpoint, OrderScope::none}) {
    const OrderKey lane = lane_key(scope, e.order_key, e.session, 1), other = lane_key(scope, OrderKey{1}, SessionNo{77}, 2);
    EXPECT_THAT(scan(5, {lane}, 1, 2).rows, ElementsAre(ScanRow{1, lane, e.received_at_ms})) << static_cast<int>(scope);
    if (scope != OrderScope::endpoint) {
      EXPECT_THAT(scan(5, {other}, 1, 2).rows, IsEmpty());
    }
    EXPECT_EQ(scan(5, {lane, chat_lane(9)}, 1, 2).matched, 1u) << "lanes of before a change of order are asked for beside";
  }
}

TEST_P(StoreLookUps, FindsTheEventsOfAMessage) {
  commit(about(event(1), 7), about(event(2), 8), about(event(3), ~std::uint64_t{0}), Source("x").with(about(event(4), 7), 0, 1));
  for (int life = 0; life < 2; ++life) {
    const auto page = find(7, 1, 5);
    ASSERT_EQ(page.events.size(), 2u);
    EXPECT_EQ(text(page.events[0]), text(read().events[0]));
    EXPECT_EQ(text(page.events[1]), text(read().events[3]));
    EXPECT_EQ(page.next, 5u);
    EXPECT_EQ(find(~std::uint64_t{0}, 1, 5).events.at(0).seq, 3u);
    EXPECT_EQ(find(7, 2, 5).events.size(), 1u);
    EXPECT_EQ(find(7, 1, 4).events.size(), 1u);
    EXPECT_THAT(find(9, 1, 5).events, IsEmpty());
    restart();
  }
}

TEST_P(StoreLookUps, FindsEventsByTheirIds) {
  commit(events(1, 6));
  const auto page = find({event(5).id, event(2).id, event(77).id}, 1, 7);
  ASSERT_EQ(page.events.size(), 2u);
  EXPECT_EQ(text(page.events[0]), text(read().events[1]));
  EXPECT_EQ(text(page.events[1]), text(read().events[4]));
  EXPECT_EQ(page.next, 7u);
  EXPECT_EQ(find({event(5).id, event(2).id}, 3, 7).events.size(), 1u) << "only in the range";
  EXPECT_THAT(find({event(77).id}, 1, 7).events, IsEmpty());
}

TEST_P(StoreLookUps, GivenMoreFindsThanAreWanted_ThenItGoesOnAtTheFirstThatIsLeft) {
  for (std::uint64_t n = 1; n <= 9; ++n) commit(about(event(n), n % 2));
  std::vector<Seq> found;
  for (Seq next = 1; next < 10;) {
    const auto page = find(1, next, 10, 2);
    ASSERT_GT(page.next, next);
    ASSERT_LE(page.events.size(), 2u);
    for (const auto& e : page.events) found.push_back(e.seq);
    next = page.next;
  }
  EXPECT_THAT(found, ElementsAre(1, 3, 5, 7, 9));
  const auto by_id = find({event(8).id, event(4).id, event(6).id}, 1, 10, 2);
  ASSERT_EQ(by_id.events.size(), 2u);
  EXPECT_EQ(by_id.next, 8u);
  EXPECT_EQ(find({event(8).id, event(4).id, event(6).id}, by_id.next, 10, 2).events.at(0).seq, 8u);
}

TEST_P(StoreLookUps, TellsParkedDeliveriesNewestFirst) {
  const auto a = delivery(1, 9).parked(), b = delivery(2, 3, "part").part_parked(3), c = delivery(1, 4).in(chat_lane(3)).parked();
  commit(a, b);
  commit(c);
  for (int life = 0; life < 2; ++life) {
    EXPECT_EQ(text(parked()), text(std::vector{c, b, a}));
    EXPECT_EQ(text(parked(all_parked().with_frozen().limit(2))), text(std::vector{c, b}));
    EXPECT_THAT(parked(all_parked().limit(0)), IsEmpty());
    EXPECT_EQ(restart().parked, 3u);
  }
}

TEST_P(StoreLookUps, FiltersParkedDeliveries) {
  const auto a = delivery(1, 3, "a").part_parked(), b = delivery(1, 3, "b").parked(), c = delivery(2, 3, "a").parked(),
             d = delivery(1, 4, "a").parked();
  commit(a, b, c, d);
  EXPECT_EQ(text(parked(all_parked().with_frozen().of(1))), text(std::vector{d, b, a}));
  EXPECT_EQ(text(parked(all_parked().with_frozen().seq(3))), text(std::vector{c, b, a}));
  EXPECT_EQ(text(parked(all_parked().with_frozen().part("a").of(1))), text(std::vector{d, a}));
  EXPECT_EQ(text(parked(all_parked().with_frozen().of(1).seq(3).part("b"))), text(std::vector{b}));
  EXPECT_EQ(text(parked(all_parked().with_frozen().of(1).limit(1))), text(std::vector{d}));
  EXPECT_THAT(parked(all_parked().of(3)), IsEmpty());
  EXPECT_EQ(parked(all_parked().seq(4)).at(0).frozen, "") << "bytes only when asked for";
}

TEST_P(StoreLookUps, GivenAParkedDeliveryThatIsResumed_ThenItIsARetryAndParkedNoMore) {
  const auto one = delivery(1, 3), other = delivery(2, 3);
  commit(events(1, 3), one.parked(4), other.parked());
  commit(one.unparked(), one.retry_alone(4));
  EXPECT_EQ(text(parked()), text(std::vector{other.parked()}));
  EXPECT_EQ(fetch(1, {3}, true).at(0).frozen, one.frozen());
  EXPECT_EQ(restart().parked, 1u);
  ASSERT_EQ(recovered.retries.size(), 1u);
  EXPECT_TRUE(recovered.retries[0].alone);
  EXPECT_EQ(recovered.retries[0].tries, 0);
  EXPECT_EQ(recovered.retries[0].attempts, 4);
}

TEST_P(StoreLookUps, GivenAResumedDeliveryThatFailsAgain_ThenItIsParkedAgain) {
  const auto one = delivery(1, 3);
  commit(events(1, 3), one.parked(4));
  commit(one.unparked(), one.retry_alone(4));
  commit(one.failed(5), one.part_parked(5));
  EXPECT_EQ(text(parked()), text(std::vector{one.part_parked(5)}));
  EXPECT_THAT(restart().retries, IsEmpty());
  EXPECT_EQ(recovered.parked, 1u);
}

TEST_P(StoreLookUps, TellsWhatEndedForAnEndpointNewestFirst) {
  const auto range = ended_range(1, 2, 900, 898, ports::EndKind::expired), single = delivery(1, 900).ended(),
             dropped = delivery(1, 3, "message").dropped("a 'note'\n"), other = delivery(2, 1).ended();
  commit(range, other);
  commit(single, dropped);
  for (int life = 0; life < 2; ++life) {
    EXPECT_EQ(text(ended(1)), text(std::vector{dropped, single, range}));
    EXPECT_EQ(text(ended(1, 2)), text(std::vector{dropped, single}));
    EXPECT_EQ(text(ended(2)), text(std::vector{other}));
    EXPECT_THAT(ended(3), IsEmpty());
    restart();
  }
}

INSTANTIATE_TEST_SUITE_P(On, StoreLookUps, ::testing::ValuesIn(all_store_kinds()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace chasqui::testing
