// The disk is full, or fails, at every place where it can. A commit then says `unavailable` and has stored nothing; given
// again, it is stored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/crash/journal_on_disk.h"
#include "tests/support/store_text.h"

namespace chasqui::testing {
namespace {

struct Trouble {
  std::string name;
  DiskOp on;
  int code;
  std::vector<Log> logs;
  friend void PrintTo(const Trouble& t, std::ostream* out) { *out << t.name; }
};

class FailingDisk : public ::testing::TestWithParam<Trouble> {
 protected:
  /// Runs the script on a fresh disk whose n-th such operation fails. @return whether there was an n-th.
  bool run(std::uint64_t nth, Log log) {
    SCOPED_TRACE(GetParam().name + " at the " + std::to_string(nth) + "th");
    FaultDisk disk;
    StoreModel stored;
    disk.fail({{GetParam().on}, nth, 1, GetParam().code});
    // Two lives: in the second one commits must read what is there.
    for (const auto& [first, end] : {std::pair(0u, 6u), std::pair(6u, 9u)}) {
      JournalLife life(disk, log);
      open(disk, life, stored);
      for (std::size_t i = first; i < end && !HasFailure(); ++i) commit(disk, life, stored, script.at(i));
      if (HasFailure()) return false;
      life.close();
    }
    expect_found(after_power_cut(disk), everything(stored));
    return disk.has_failed();
  }

  void open(FaultDisk& disk, JournalLife& life, const StoreModel& stored) {
    auto opened = life.open();
    if (!opened) {
      EXPECT_EQ(opened.error().kind, Error::Kind::unavailable) << opened.error().detail;
      EXPECT_TRUE(disk.has_failed());
      disk.heal();
      opened = life.open();
    }
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    EXPECT_EQ(opened->next_seq, stored.next_seq());
  }

  void commit(FaultDisk& disk, JournalLife& life, StoreModel& stored, const ports::Batch& batch) {
    auto committed = life.commit(batch);
    const bool was_refused = !committed;
    if (was_refused) {
      EXPECT_EQ(committed.error().kind, Error::Kind::unavailable) << committed.error().detail;
      EXPECT_TRUE(disk.has_failed());
      ++refused;
      disk.heal();
      EXPECT_EQ(look(disk, life), readable(stored)) << "nothing of it is stored";
      expect_found_after_kill(disk, stored, batch);
      committed = life.commit(batch);
    }
    ASSERT_TRUE(committed.has_value()) << committed.error().detail;
    EXPECT_EQ(text(*committed), text(stored.commit(batch)));
    if (was_refused) {
      EXPECT_EQ(life.readable(), readable(stored));
      expect_found(after_power_cut(disk), everything(stored));
    }
  }
  // The process is killed after its commit was refused. When all was written and only the sync failed, nobody can say
  // whether the batch is stored: the next life may find it. It is whole then, and a source that sends it again is told so.
  void expect_found_after_kill(const FaultDisk& disk, const StoreModel& stored, const ports::Batch& batch) {
    StoreModel with = stored;
    if (GetParam().on == DiskOp::sync) with.commit(batch);
    expect_found(disk.after_kill(), ::testing::AnyOf(everything(stored), everything(with)));
    expect_found(after_power_cut(disk), everything(stored));
  }
  // What the platter has. Names are taken to be there: SQLite syncs the directory only for a log that the same connection
  // has made, and one that failed to open leaves its log to the next.
  static std::unique_ptr<FaultDisk> after_power_cut(const FaultDisk& disk) {
    return disk.after_power_cut({Survival::Writes::none, Survival::Names::all, 1});
  }
  static void expect_found(const std::unique_ptr<FaultDisk>& disk, const ::testing::Matcher<std::string>& what) {
    JournalLife life(*disk, Log::copied_back_at_times);
    EXPECT_THAT(life.open_and_read(), what);
  }
  // When the reader is the one that meets the trouble, the next read must do.
  static std::string look(FaultDisk& disk, JournalLife& life) {
    const bool had_failed = disk.has_failed();
    std::string found = life.readable();
    return had_failed || !disk.has_failed() ? found : life.readable();
  }

  std::vector<ports::Batch> script = scripted_batches();
  std::size_t refused = 0;
};

TEST_P(FailingDisk, GivenOneOperationThatFails_ThenItsBatchIsRefusedWholeAndTakenLater) {
  std::uint64_t places = 0;
  for (const Log log : GetParam().logs)
    for (std::uint64_t nth = 1; !HasFailure() && run(nth, log); ++nth) ++places;
  EXPECT_GT(places, 0u);
  // Commits of the script read from the cache, and what goes wrong with the copy of the log keeps none from ending.
  if (GetParam().on == DiskOp::write || GetParam().on == DiskOp::sync) {
    EXPECT_GT(refused, 10u);
  }
}

TEST_P(FailingDisk, GivenTroubleThatLasts_ThenEveryTryIsRefusedUntilItEnds) {
  for (std::uint64_t nth = 1; !HasFailure(); nth += 7) {
    SCOPED_TRACE(GetParam().name + " from the " + std::to_string(nth) + "th on");
    FaultDisk disk;
    StoreModel stored;
    JournalLife life(disk, Log::copied_back_at_times);
    ASSERT_TRUE(life.open().has_value());
    disk.fail({{GetParam().on}, nth, FaultPlan::for_ever, GetParam().code});
    for (const auto& batch : script) {
      auto committed = life.commit(batch);
      for (int tries = 0; !committed && tries < 3; ++tries) {
        EXPECT_EQ(committed.error().kind, Error::Kind::unavailable);
        committed = life.commit(batch);
        EXPECT_FALSE(committed.has_value()) << "the trouble has not ended";
      }
      if (!committed) {
        disk.heal();
        committed = life.commit(batch);
      }
      ASSERT_TRUE(committed.has_value());
      stored.commit(batch);
    }
    const bool struck = disk.has_failed();
    disk.heal();
    EXPECT_EQ(life.readable(), readable(stored));
    expect_found(after_power_cut(disk), everything(stored));
    if (!struck) break;
  }
}

// Errors of a write go one way in SQLite, whatever they are: the second kind need not pay for both logs.
const std::vector<Log> kOne{Log::copied_back_at_times}, kBoth{Log::copied_back_after_each_batch, Log::copied_back_at_times};

INSTANTIATE_TEST_SUITE_P(With, FailingDisk,
                         ::testing::Values(Trouble{"NoSpaceForAWrite", DiskOp::write, SQLITE_FULL, kBoth},
                                           Trouble{"AWriteThatFails", DiskOp::write, SQLITE_IOERR_WRITE, kOne},
                                           Trouble{"ASyncThatFails", DiskOp::sync, SQLITE_IOERR_FSYNC, kBoth},
                                           Trouble{"ATruncateThatFails", DiskOp::truncate, SQLITE_IOERR_TRUNCATE, kBoth},
                                           Trouble{"NoSpaceForAFile", DiskOp::create, SQLITE_CANTOPEN, kBoth},
                                           Trouble{"AReadThatFails", DiskOp::read, SQLITE_IOERR_READ, kOne}),
                         [](const auto& of) { return of.param.name; });

}  // namespace
}  // namespace chasqui::testing
