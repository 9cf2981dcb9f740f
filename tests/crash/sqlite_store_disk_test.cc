// The store with its threads on a disk that is slow, or loses its power.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "adapters/sqlite/sqlite_store.h"
#include "tests/support/blocking_store.h"
#include "tests/support/fault_vfs.h"
#include "tests/support/store_rows.h"
#include "tests/support/store_text.h"

namespace chasqui::testing {
namespace {

class SqliteStoreOnADisk : public ::testing::Test {
 protected:
  SqliteStoreOnADisk() { begin_a_life(); }
  ~SqliteStoreOnADisk() override {
    disk.release_syncs();
    store->close();
  }

  void begin_a_life() {
    sqlite = nullptr;
    sqlite = std::make_unique<SqliteStore>(sqlite::JournalOptions{"journal.sqlite", vfs.name()}, loop);
    store = std::make_unique<BlockingStore>(*sqlite, loop);
    const auto opened = store->open();
    ASSERT_TRUE(opened.has_value()) << text(opened);
    recovered = *opened;
  }
  void hand_over(ports::Batch b) {
    sqlite->commit(std::make_shared<const ports::Batch>(std::move(b)),
                   [this](const Result<ports::Committed>& r) { ++(r ? stored : refused); });
  }

  FaultDisk disk;
  FaultVfs vfs{disk};
  WaitingLoop loop;
  std::unique_ptr<SqliteStore> sqlite;
  std::unique_ptr<BlockingStore> store;
  ports::Recovered recovered;
  int stored = 0, refused = 0;
};

TEST_F(SqliteStoreOnADisk, GivenASlowSync_ThenReadsAreAnsweredMeanwhileAndSeeOnlyWhatIsDurable) {
  ASSERT_TRUE(store->commit(batch(event(1))).has_value());
  disk.hold_syncs();
  hand_over(batch(event(2)));
  disk.wait_for_held_sync();
  EXPECT_EQ(store->read(all())->events.size(), 1u);
  loop.run_posted();
  EXPECT_EQ(stored, 0) << "nothing is reported before its sync has ended";
  disk.release_syncs();
  loop.run_until([this] { return stored == 1; });
  EXPECT_EQ(store->read(all())->events.size(), 2u);
}

TEST_F(SqliteStoreOnADisk, GivenASlowSync_WhenTheStoreIsClosed_ThenTheCommitIsFinished) {
  disk.hold_syncs();
  hand_over(batch(event(1)));
  hand_over(batch(event(2)));
  std::thread helper([this] {
    disk.wait_for_held_sync();
    disk.release_syncs();
  });
  store->close();
  helper.join();
  begin_a_life();
  EXPECT_EQ(recovered.next_seq, 3u);
}

TEST_F(SqliteStoreOnADisk, GivenAFullDisk_ThenCommitsAreRefusedAndReadsGoOn_AndWhenThereIsRoomAgainItTakesThem) {
  ASSERT_TRUE(store->commit(batch(event(1))).has_value());
  disk.fail({{DiskOp::write, DiskOp::create}, 1, FaultPlan::for_ever, SQLITE_FULL});
  for (int tries = 0; tries < 3; ++tries) EXPECT_EQ(store->commit(batch(event(2))).error().kind, Error::Kind::unavailable);
  EXPECT_EQ(store->read(all())->events.size(), 1u);
  disk.heal();
  EXPECT_EQ(store->commit(batch(event(2)))->events, (std::vector<ports::Appended>{{2}}));
}

TEST_F(SqliteStoreOnADisk, GivenAPowerCut_ThenCommitsAreRefused_AndTheNextLifeHasWhatWasReported) {
  ASSERT_TRUE(store->commit(batch(event(1), delivery(1, 1).parked())).has_value());
  disk.cut_power({Survival::Writes::none, Survival::Names::none, 1});
  EXPECT_EQ(store->commit(batch(event(2))).error().kind, Error::Kind::unavailable);
  EXPECT_FALSE(store->read(all()).has_value());
  store->close();
  begin_a_life();
  EXPECT_EQ(recovered.next_seq, 2u);
  EXPECT_EQ(recovered.parked, 1u);
  EXPECT_EQ(store->commit(batch(event(2)))->events, (std::vector<ports::Appended>{{2}}));
}

}  // namespace
}  // namespace chasqui::testing
