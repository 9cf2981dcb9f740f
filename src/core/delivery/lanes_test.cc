#include "core/delivery/lanes.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace chasqui {
namespace {

using namespace std::chrono_literals;

struct Letter {
  std::int64_t at = 0;
  std::int64_t received_at_ms() const { return at; }
};
using TestLanes = Lanes<Letter>;
constexpr OrderKey kA{1}, kB{2}, kC{3};

class LanesTest : public ::testing::Test {
 protected:
  void offer(Seq seq, OrderKey lane) {
    lanes.offer(seq, lane, 100, static_cast<std::int64_t>(seq), Letter{static_cast<std::int64_t>(seq)});
  }
  std::vector<Seq> take_all(std::size_t in_flight_max = 100) {
    std::vector<Seq> out;
    while (const auto ticket = lanes.take(in_flight_max)) {
      out.push_back(ticket->seq);
      in_flight[ticket->seq] = ticket->lane;
    }
    return out;
  }
  void settle(Seq seq) { lanes.settle(in_flight.at(seq)); }
  void defer(Seq seq, SteadyTime due) { lanes.defer(in_flight.at(seq), due); }
  // What a store would find.
  void load_all() {
    while (const auto load = lanes.next_load()) {
      std::vector<TestLanes::Loaded> found;
      for (const Seq seq : load->seqs) found.push_back({seq, 100, 1, Letter{1}});
      lanes.loaded(*load, std::move(found));
    }
  }
  std::map<OrderKey, Seq> deferred() const {
    std::map<OrderKey, Seq> out;
    lanes.each_deferred([&](OrderKey lane, Seq from, Seq) { out[lane] = from; });
    return out;
  }

  TestLanes lanes{LaneLimits{}};
  std::map<Seq, OrderKey> in_flight;
  SteadyTime now{1h};
};

TEST_F(LanesTest, OneEventOfALaneIsInFlightAtATimeAndLanesGoInParallel) {
  offer(1, kA);
  offer(2, kA);
  offer(3, kB);
  EXPECT_EQ(take_all(), (std::vector<Seq>{1, 3}));
  settle(1);
  EXPECT_EQ(take_all(), (std::vector<Seq>{2}));
}

TEST_F(LanesTest, NoMoreThanAllowedAreInFlight) {
  for (Seq seq = 1; seq <= 5; ++seq) offer(seq, OrderKey{seq});
  EXPECT_EQ(take_all(2).size(), 2u);
  EXPECT_EQ(lanes.in_flight(), 2u);
}

TEST_F(LanesTest, TheCursorStandsAtTheOldestOpenEventAndSaysWhatIsSettledAboveIt) {
  for (Seq seq = 1; seq <= 4; ++seq) offer(seq, OrderKey{seq});
  take_all();
  settle(2);
  settle(4);
  EXPECT_EQ(lanes.cursor(), 1u);
  EXPECT_EQ(lanes.settled_above(), (std::vector<Seq>{2, 4}));
  settle(1);
  EXPECT_EQ(lanes.cursor(), 3u);
  settle(3);
  EXPECT_EQ(lanes.cursor(), 5u);
  EXPECT_TRUE(lanes.settled_above().empty());
}

TEST_F(LanesTest, ALaneThatFailsIsDeferredAndTheCursorMovesPastIt) {
  offer(1, kA);
  offer(2, kA);
  offer(3, kB);
  take_all();
  defer(1, now + 10s);
  settle(3);
  EXPECT_EQ(lanes.cursor(), 4u);
  EXPECT_EQ(deferred(), (std::map<OrderKey, Seq>{{kA, 1}}));
  EXPECT_EQ(lanes.loaded_events(), 0u) << "it costs numbers, not events";
  EXPECT_EQ(lanes.next_due(), now + 10s);
  offer(4, kA);
  EXPECT_EQ(lanes.loaded_events(), 0u);
  EXPECT_TRUE(take_all().empty());

  lanes.wake(now + 10s);
  load_all();
  EXPECT_EQ(take_all(), (std::vector<Seq>{1}));
  settle(1);
  EXPECT_EQ(take_all(), (std::vector<Seq>{2}));
  settle(2);
  EXPECT_EQ(take_all(), (std::vector<Seq>{4}));
  settle(4);
  EXPECT_TRUE(lanes.idle());
  EXPECT_TRUE(deferred().empty());
}

TEST_F(LanesTest, ALaneHoldsNoMoreThanItsShareOfTheWindow) {
  LaneLimits limits;
  limits.events_max = 16;
  limits.lane_events_max = 2;
  lanes.set_limits(limits);
  for (Seq seq = 1; seq <= 10; ++seq) offer(seq, kA);
  EXPECT_EQ(lanes.loaded_events(), 2u);
  EXPECT_TRUE(lanes.wants_more());
  EXPECT_EQ(lanes.cursor(), 11u) << "a lane with more than its share answers for itself";
  EXPECT_EQ(deferred(), (std::map<OrderKey, Seq>{{kA, 1}}));
}

TEST_F(LanesTest, BeyondWhatIsRememberedFollowersAreFoundByAScan) {
  LaneLimits limits;
  limits.known_per_lane_max = 2;
  lanes.set_limits(limits);
  offer(1, kA);
  take_all();
  defer(1, now);
  for (Seq seq = 2; seq <= 6; ++seq) offer(seq, kA);
  lanes.wake(now);
  std::vector<Seq> sent;
  struct Row {
    Seq seq;
    OrderKey lane;
  };
  for (int turn = 0; turn < 50 && !lanes.idle(); ++turn) {
    load_all();
    for (const Seq seq : take_all()) {
      sent.push_back(seq);
      settle(seq);
    }
    if (const auto scan = lanes.next_scan()) {
      EXPECT_EQ(scan->lanes, (std::vector<OrderKey>{kA}));
      std::vector<Row> rows;
      for (Seq seq = scan->from; seq < scan->until; ++seq) rows.push_back({seq, kA});
      lanes.scanned(*scan, rows, scan->until);
    }
  }
  EXPECT_EQ(sent, (std::vector<Seq>{1, 2, 3, 4, 5, 6}));
}

TEST_F(LanesTest, AnEventThatIsGoneWhenItIsLoadedIsPassedOver) {
  offer(1, kA);
  offer(2, kA);
  take_all();
  defer(1, now);
  lanes.wake(now);
  const auto load = lanes.next_load();
  ASSERT_TRUE(load);
  std::vector<TestLanes::Loaded> found;
  found.push_back({2, 100, 1, Letter{1}});
  lanes.loaded(*load, std::move(found));
  EXPECT_EQ(take_all(), (std::vector<Seq>{2}));
}

TEST_F(LanesTest, AResumedEventGoesFirstAndSaysNothingOfWhatLiesBetween) {
  lanes.start_at(100);
  offer(100, kA);
  offer(101, kA);
  lanes.insert_alone(kA, 7, now);
  lanes.wake(now);
  load_all();
  const auto ticket = lanes.take(10);
  ASSERT_TRUE(ticket);
  EXPECT_EQ(ticket->seq, 7u);
  EXPECT_TRUE(ticket->alone);
  EXPECT_EQ(deferred(), (std::map<OrderKey, Seq>{{kA, 100}})) << "not 7: what lies between is settled";
  lanes.settle(kA);
  load_all();
  EXPECT_EQ(take_all(), (std::vector<Seq>{100}));
}

TEST_F(LanesTest, AResumedEventIsFoundAsItselfAndTheOthersBehindIt) {
  using Place = TestLanes::Place;
  lanes.start_at(100);
  offer(100, kA);
  lanes.insert_alone(kA, 7, now);
  EXPECT_EQ(lanes.find(kA, 7, true).place, Place::first);
  EXPECT_EQ(lanes.find(kA, 7, false).place, Place::none) << "the event itself was done with long ago";
  EXPECT_EQ(lanes.find(kA, 100, false).place, Place::behind);
  EXPECT_EQ(lanes.find(kA, 100, false).first, 7u);
  EXPECT_EQ(lanes.find(kB, 100, false).place, Place::none);
  load_all();
  ASSERT_TRUE(lanes.take(10));
  EXPECT_EQ(lanes.find(kA, 7, true).place, Place::in_flight);
  EXPECT_EQ(lanes.find(kA, 100, false).first, 7u);
  lanes.settle(kA);
  EXPECT_EQ(lanes.find(kA, 7, true).place, Place::none);
  EXPECT_EQ(lanes.find(kA, 100, false).place, Place::first);
}

TEST_F(LanesTest, SheddingGivesBackMemoryAndKeepsEveryEvent) {
  for (Seq seq = 1; seq <= 6; ++seq) offer(seq, seq % 2 == 0 ? kA : kB);
  lanes.shed();
  EXPECT_EQ(lanes.loaded_events(), 0u);
  EXPECT_EQ(lanes.loaded_bytes(), 0u);
  std::set<Seq> sent;
  for (int turn = 0; turn < 10; ++turn) {
    load_all();
    for (const Seq seq : take_all()) {
      sent.insert(seq);
      settle(seq);
    }
  }
  EXPECT_EQ(sent.size(), 6u);
}

TEST_F(LanesTest, AtSoManyDeferredLanesTheReaderStops) {
  LaneLimits limits;
  limits.deferred_max = 2;
  lanes.set_limits(limits);
  for (const auto& [seq, lane] : std::vector<std::pair<Seq, OrderKey>>{{1, kA}, {2, kB}, {3, kC}}) offer(seq, lane);
  take_all();
  defer(1, now + 1h);
  EXPECT_TRUE(lanes.wants_more());
  defer(2, now + 1h);
  EXPECT_FALSE(lanes.wants_more());
}

TEST_F(LanesTest, OneStuckLaneDoesNotKeepMarksForEverythingBehindIt) {
  LaneLimits limits;
  limits.marks_max = 8;
  lanes.set_limits(limits);
  offer(1, kA);
  take_all();
  for (Seq seq = 2; seq <= 100; ++seq) {
    offer(seq, kB);
    for (const Seq taken : take_all()) settle(taken);
  }
  EXPECT_GT(lanes.cursor(), 90u);
  EXPECT_EQ(deferred(), (std::map<OrderKey, Seq>{{kA, 1}}));
}

TEST_F(LanesTest, ARestoredLaneWaitsForItsHeadsTimeAndLooksForTheRest) {
  lanes.start_at(50);
  lanes.restore(kA, 10, 0, 10, now + 5s);
  lanes.restore(kB, 20, 0, std::nullopt, now);
  EXPECT_EQ(deferred(), (std::map<OrderKey, Seq>{{kA, 10}, {kB, 20}}));
  const auto scan = lanes.next_scan();
  ASSERT_TRUE(scan);
  EXPECT_EQ(scan->lanes, (std::vector<OrderKey>{kB}));
  EXPECT_EQ(scan->from, 20u);
  EXPECT_EQ(scan->until, 50u);
  EXPECT_EQ(lanes.next_due(), now + 5s);
}

// Random histories against a model: every event is sent once, in order within its lane, never two of a lane at once, and what a
// restart would be told covers exactly what is not settled.
class LanesProperty : public ::testing::TestWithParam<int> {
 protected:
  static constexpr Seq kTotal = 300;
  struct Row {
    Seq seq;
    OrderKey lane;
  };

  LanesProperty() {
    limits = {.events_max = 4 + roll(12),
              .bytes_max = 1 << 20,
              .lane_events_max = 1 + roll(4),
              .load_events_max = 1 + roll(3),
              .known_per_lane_max = 1 + roll(4),
              .known_total_max = 8,
              .known_least = 1,
              .deferred_max = 3 + roll(5),
              .marks_max = 4 + roll(20)};
    lanes.set_limits(limits);
    for (Seq seq = 1; seq <= kTotal; ++seq) lane_of[seq] = OrderKey{1 + roll(6)};
  }

  std::uint64_t roll(std::uint64_t n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
  }
  void offer() {
    const Seq seq = lanes.position();
    if (seq <= kTotal && lanes.wants_more()) lanes.offer(seq, lane_of[seq], 10, 1, Letter{1});
  }
  void take() {
    const auto ticket = lanes.take(1 + roll(4));
    if (!ticket) return;
    ASSERT_FALSE(out.contains(ticket->lane)) << "two of a lane at once";
    ASSERT_FALSE(settled.contains(ticket->seq));
    for (Seq seq = 1; seq < ticket->seq; ++seq)
      ASSERT_TRUE(lane_of[seq] != ticket->lane || settled.contains(seq)) << seq << " overtaken by " << ticket->seq;
    out[ticket->lane] = ticket->seq;
  }
  void answer() {
    if (out.empty()) return;
    const auto it = std::next(out.begin(), static_cast<std::ptrdiff_t>(roll(out.size())));
    if (roll(3) == 0) {
      lanes.defer(it->first, now + std::chrono::milliseconds(roll(50)));
    } else {
      settled.insert(it->second);
      lanes.settle(it->first);
    }
    out.erase(it);
  }
  void load() {
    const auto load = lanes.next_load();
    if (!load) return;
    if (roll(6) == 0) return lanes.load_failed(*load, now + 10ms);
    std::vector<TestLanes::Loaded> found;
    for (const Seq seq : load->seqs) found.push_back({seq, 10, 1, Letter{1}});
    lanes.loaded(*load, std::move(found));
  }
  void scan() {
    const auto scan = lanes.next_scan();
    if (!scan) return;
    if (roll(8) == 0) return lanes.scan_failed(*scan, now + 10ms);
    std::vector<Row> rows;
    const Seq next = std::min(scan->until, scan->from + 1 + roll(100));
    for (Seq seq = scan->from; seq < next; ++seq)
      if (std::binary_search(scan->lanes.begin(), scan->lanes.end(), lane_of[seq])) rows.push_back({seq, lane_of[seq]});
    lanes.scanned(*scan, rows, next);
  }
  void wait() {
    now += std::chrono::milliseconds(roll(20));
    lanes.wake(now);
    if (roll(50) == 0) lanes.shed();
  }
  // Where find() says that an event is.
  void check_place(Seq seq) {
    Seq first = seq;  // of its lane, not settled
    for (Seq before = seq; before-- > 1;)
      if (lane_of[before] == lane_of[seq] && !settled.contains(before)) first = before;
    const auto flying = out.find(lane_of[seq]);
    const auto place = settled.contains(seq)                          ? TestLanes::Place::none
                       : first != seq                                 ? TestLanes::Place::behind
                       : flying != out.end() && flying->second == seq ? TestLanes::Place::in_flight
                                                                      : TestLanes::Place::first;
    const auto found = lanes.find(lane_of[seq], seq, false);
    if (found.place == TestLanes::Place::unsought) {
      ASSERT_TRUE(place == TestLanes::Place::first || place == TestLanes::Place::behind) << "seq " << seq;
      return;
    }
    ASSERT_EQ(found.place, place) << "seq " << seq;
    if (place == TestLanes::Place::behind) {
      ASSERT_EQ(found.first, first) << "seq " << seq;
    }
  }
  void check_cursor() {
    std::map<OrderKey, Seq> deferred;
    lanes.each_deferred([&](OrderKey lane, Seq from, Seq) { deferred[lane] = from; });
    const auto above = lanes.settled_above();
    for (Seq seq = 1; seq < lanes.position(); ++seq) {
      const bool open = seq < lanes.cursor() ? deferred.contains(lane_of[seq]) && seq >= deferred[lane_of[seq]]
                                             : !std::binary_search(above.begin(), above.end(), seq);
      ASSERT_EQ(open, !settled.contains(seq)) << "seq " << seq << " cursor " << lanes.cursor();
      check_place(seq);
    }
  }

  std::uint64_t state = static_cast<std::uint64_t>(GetParam()) * 0x9e3779b97f4a7c15ULL + 1;
  LaneLimits limits;
  TestLanes lanes;
  std::vector<OrderKey> lane_of = std::vector<OrderKey>(kTotal + 1);
  std::set<Seq> settled;
  std::map<OrderKey, Seq> out;  // in flight
  SteadyTime now{1h};
};

TEST_P(LanesProperty, EveryEventIsSentOnceInOrderAndTheCursorTellsTheTruth) {
  for (int step = 0; step < 20'000 && settled.size() < kTotal; ++step) {
    switch (roll(8)) {
      case 0:
      case 1:
        offer();
        break;
      case 2:
        take();
        break;
      case 3:
      case 4:
        answer();
        break;
      case 5:
        load();
        break;
      case 6:
        scan();
        break;
      default:
        wait();
    }
    ASSERT_LE(lanes.loaded_events(), limits.events_max);
    if (step % 16 == 0) check_cursor();
    if (HasFatalFailure()) return;
  }
  EXPECT_EQ(settled.size(), kTotal) << "nothing is forgotten";
}

INSTANTIATE_TEST_SUITE_P(Seeds, LanesProperty, ::testing::Range(1, 301));

}  // namespace
}  // namespace chasqui
