// The process is killed when its batch is written and not yet synced: the next life finds the batch in the system's memory.
// What it then promises must hold when the power goes as well.
#include <gtest/gtest.h>

#include <string>

#include "tests/crash/journal_on_disk.h"
#include "tests/support/store_rows.h"
#include "tests/support/store_text.h"

namespace chasqui::testing {
namespace {

class KilledBeforeItsSync : public ::testing::Test {
 protected:
  KilledBeforeItsSync() {
    script = scripted_batches();
    EXPECT_TRUE(life.open().has_value());
    EXPECT_TRUE(life.commit(script[0]).has_value());
    stored.commit(script[0]);
  }

  /// Opens the journal on `after`, where the batch under way is found whole.
  void go_on(JournalLife& next) {
    stored.commit(script[1]);
    ASSERT_EQ(next.open_and_read(), everything(stored));
  }
  void expect_stored_after_power_cut() {
    const auto found = after->after_power_cut({});
    JournalLife last(*found, Log::copied_back_at_times);
    EXPECT_EQ(last.open_and_read(), everything(stored));
  }

  std::vector<ports::Batch> script;
  FaultDisk disk;
  StoreModel stored;
  JournalLife life{disk, Log::copied_back_at_times};
  std::unique_ptr<FaultDisk> after;
};

TEST_F(KilledBeforeItsSync, GivenASourceThatRepeatsItself_WhenItIsToldOfADuplicate_ThenTheFirstOneIsDurable) {
  disk.on_operation([this](DiskOp op, const std::string&) {
    if (op == DiskOp::sync && after == nullptr) after = disk.after_kill();
  });
  ASSERT_TRUE(life.commit(script[1]).has_value());
  ASSERT_NE(after, nullptr);

  JournalLife next(*after, Log::copied_back_at_times);
  go_on(next);
  const auto again = next.commit(batch(event(2), event(3)));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->events, (std::vector<ports::Appended>{{2, true}, {3, true}}));
  expect_stored_after_power_cut();
}

TEST_F(KilledBeforeItsSync, GivenThatTheSyncHadFailed_ThenLaterBatchesDoNotDependOnWhatItLost) {
  disk.fail({{DiskOp::sync}, 1, 1, SQLITE_IOERR_FSYNC});
  ASSERT_FALSE(life.commit(script[1]).has_value());
  after = disk.after_kill();

  JournalLife next(*after, Log::copied_back_at_times);
  go_on(next);
  ASSERT_TRUE(next.commit(script[2]).has_value());
  stored.commit(script[2]);
  expect_stored_after_power_cut();
}

TEST_F(KilledBeforeItsSync, GivenADiskThatIsFullThen_ThenTheJournalStartsAllTheSame) {
  disk.on_operation([this](DiskOp op, const std::string&) {
    if (op == DiskOp::sync && after == nullptr) after = disk.after_kill();
  });
  ASSERT_TRUE(life.commit(script[1]).has_value());
  after->fail({{DiskOp::write}, 1, FaultPlan::for_ever, SQLITE_FULL});
  JournalLife next(*after, Log::copied_back_at_times);
  go_on(next);
  EXPECT_FALSE(next.commit(script[2]).has_value());
  expect_stored_after_power_cut();
}

}  // namespace
}  // namespace chasqui::testing
