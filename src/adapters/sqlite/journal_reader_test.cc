#include "adapters/sqlite/journal_reader.h"

#include <gtest/gtest.h>

#include "adapters/sqlite/journal_db.h"
#include "tests/support/store_rows.h"
#include "tests/support/temp_directory.h"

namespace chasqui::sqlite {
namespace {

using testing::all;
using testing::batch;
using testing::event;
using testing::from;
using testing::match_set;
using testing::routed;
using testing::sized;

class Reader : public ::testing::Test {
 protected:
  Reader() {
    EXPECT_TRUE(journal.open().has_value());
    EXPECT_TRUE(reader.open(path, nullptr).has_value());
  }
  std::size_t found(ports::ReadRange range) { return reader.read(range)->events.size(); }
  void damage(const std::string& sql) {
    Database db;
    ASSERT_TRUE(db.open(path, Database::Mode::read_write, nullptr));
    ASSERT_TRUE(db.run(sql.c_str()));
  }
  void expect_corrupt() {
    const auto page = reader.read(all());
    ASSERT_FALSE(page.has_value());
    EXPECT_EQ(page.error().kind, Error::Kind::corrupt);
  }

  testing::TempDirectory directory;
  std::string path = directory.file("journal.sqlite");
  JournalDb journal{{path}};
  JournalReader reader;
};

TEST_F(Reader, GivenReadsBeforeAndAfterTheCommit_ThenItKnowsEachMatchSetThatAnEventHas) {
  for (std::uint32_t n = 1; n <= 5; ++n) {
    EXPECT_EQ(found(all().of(7)), n - 1);
    ASSERT_TRUE(journal.commit(batch(match_set(n, {7}), routed(event(n), n))).has_value());
    EXPECT_EQ(found(all().of(7)), n);
  }
}

TEST_F(Reader, GivenACommitWhileAPageIsRead_ThenThePageIsOfOneMoment) {
  // Sets and events are seen together because a page is one transaction: this one is held open by hand.
  Database other;
  ASSERT_TRUE(other.open(path, Database::Mode::read_only, nullptr));
  Statement events, sets;
  ASSERT_TRUE(journal.commit(batch(match_set(1, {7}), routed(event(1), 1))).has_value());
  ASSERT_TRUE(events.prepare(other, "SELECT seq FROM event"));
  ASSERT_TRUE(sets.prepare(other, "SELECT count(*) FROM match_set"));
  ASSERT_TRUE(events.step());
  ASSERT_TRUE(journal.commit(batch(match_set(2, {7}), routed(event(2), 2))).has_value());
  ASSERT_TRUE(sets.step());
  EXPECT_EQ(sets.integer(0), 1);
  EXPECT_FALSE(events.step());
}

TEST_F(Reader, LeavesNoTransactionBehind) {
  ASSERT_TRUE(journal.commit(batch(sized(event(1), 100'000), event(2))).has_value());
  EXPECT_EQ(found(from(1).events(1)), 1u);
  EXPECT_EQ(reader.attempts(1)->size(), 0u);
  EXPECT_EQ(reader.parked({})->size(), 0u);
  // A reader under way would keep the log from being begun anew.
  Database other;
  ASSERT_TRUE(other.open(path, Database::Mode::read_write, nullptr));
  EXPECT_EQ(*other.number("PRAGMA wal_checkpoint(TRUNCATE)"), 0) << "not busy";
}

TEST_F(Reader, GivenARecordOutsideItsBlob_ThenItIsCorrupt) {
  ASSERT_TRUE(journal.commit(batch(event(1), event(2))).has_value());
  for (const auto* harm : {"at = 1000000", "length = 1000000", "at = -1", "length = -1", "at = 9223372036854775807"}) {
    damage("UPDATE event SET " + std::string(harm) + " WHERE seq = 2");
    expect_corrupt();
    EXPECT_EQ(found(from(1).events(1)), 1u) << "others can be read";
    damage("UPDATE event SET at = 7, length = 7 WHERE seq = 2");
  }
}

TEST_F(Reader, GivenAnItemOutsideItsSource_ThenItIsCorrupt) {
  ASSERT_TRUE(journal.commit(batch(testing::Source("source").with(event(1), 0, 6))).has_value());
  damage("UPDATE event SET item_length = 7");
  expect_corrupt();
  damage("UPDATE event SET item_length = 6, item_at = 4294967295");
  expect_corrupt();
}

TEST_F(Reader, GivenAnIdOfAnotherLength_ThenItIsCorrupt) {
  ASSERT_TRUE(journal.commit(batch(event(1))).has_value());
  damage("UPDATE event SET id = x'0102'");
  expect_corrupt();
}

TEST_F(Reader, GivenALongContentType_ThenTheBodyBeginsBehindIt) {
  for (const std::size_t length : {0u, 1u, 127u, 128u, 255u, 256u, 5000u}) {
    const auto n =
        journal.commit(batch(testing::Source("body", std::string(length, 't')).with(event(1000 + length), 0, 4)))->events[0].seq;
    EXPECT_EQ(*reader.read(from(n))->events.at(0).raw, "body") << length;
  }
}

}  // namespace
}  // namespace chasqui::sqlite
