// Files that are not the journal that this program writes.
#include "adapters/sqlite/journal_db.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "adapters/sqlite/journal_reader.h"
#include "tests/support/store_rows.h"
#include "tests/support/temp_directory.h"

namespace chasqui::sqlite {
namespace {

using testing::batch;
using testing::event;

class JournalFile : public ::testing::Test {
 protected:
  Result<ports::Recovered> open() {
    JournalDb journal({path});
    auto opened = journal.open();
    journal.close();
    return opened;
  }
  void make_a_journal() {
    JournalDb journal({path});
    ASSERT_TRUE(journal.open().has_value());
    ASSERT_TRUE(journal.commit(batch(testing::events(1, 50), testing::delivery(1, 1).delivered())).has_value());
    journal.close();
  }
  void run(const char* sql) {
    Database db;
    ASSERT_TRUE(db.open(path, Database::Mode::read_write, nullptr));
    ASSERT_TRUE(db.run(sql));
  }
  void write(const std::string& bytes) { std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes; }
  std::string content() const {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  void expect_refused(Error::Kind kind) {
    const std::string before = content();
    const auto refused = open();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, kind) << refused.error().detail;
    EXPECT_EQ(content(), before) << "what is refused is left alone";
    EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
  }

  testing::TempDirectory directory;
  std::string path = directory.file("journal.sqlite");
};

TEST_F(JournalFile, IsMadeWhenThereIsNone) {
  const auto opened = open();
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->next_seq, 1u);
  Database db;
  ASSERT_TRUE(db.open(path, Database::Mode::read_only, nullptr));
  EXPECT_EQ(*db.number("PRAGMA application_id"), JournalDb::kApplicationId);
  EXPECT_EQ(*db.number("PRAGMA user_version"), JournalDb::kVersion);
  EXPECT_EQ(*db.number("PRAGMA page_size"), 16384);
}

TEST_F(JournalFile, GivenAnEmptyFile_ThenItBecomesAJournal) {
  write("");
  EXPECT_TRUE(open().has_value());
}

TEST_F(JournalFile, OfANewerVersionIsRefusedWithTheFix) {
  make_a_journal();
  run("PRAGMA user_version = 2");
  expect_refused(Error::Kind::invalid_input);
  EXPECT_NE(open().error().detail.find("newer program"), std::string::npos);
}

TEST_F(JournalFile, OfAnotherProgramIsRefused) {
  run("CREATE TABLE theirs(n)");
  expect_refused(Error::Kind::corrupt);
  run("PRAGMA application_id = 1; PRAGMA user_version = 1");
  expect_refused(Error::Kind::corrupt);
}

TEST_F(JournalFile, ThatIsNoDatabaseIsRefused) {
  for (const std::string& bytes : {std::string("hello\n"), std::string(5000, 'x'), std::string(40'000, '\0'),
                                   std::string("SQLite format 3\0", 16) + std::string(20'000, '\xee')}) {
    write(bytes);
    expect_refused(Error::Kind::corrupt);
  }
}

TEST_F(JournalFile, ThatLostPagesAtItsEndIsRefused) {
  make_a_journal();
  const std::string whole = content();
  ASSERT_GT(whole.size(), 5u * 16384);
  // Less than a page is found by nobody but who reads that page: SQLite counts pages, a part of one as one.
  for (std::size_t size = 512; size <= whole.size() - 16384; size += 16384 / 2) {
    SCOPED_TRACE(size);
    write(whole.substr(0, size));
    expect_refused(Error::Kind::corrupt);
  }
}

TEST_F(JournalFile, ThatIsADirectoryIsUnavailable) {
  std::filesystem::create_directory(path);
  const auto refused = open();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, Error::Kind::unavailable);
}

TEST_F(JournalFile, ThatSomebodyElseHoldsIsAConflict) {
  make_a_journal();
  Database other;
  ASSERT_TRUE(other.open(path, Database::Mode::read_write, nullptr));
  ASSERT_TRUE(other.run("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE"));
  const auto refused = open();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, Error::Kind::conflict);
}

TEST_F(JournalFile, GivenThatItIsClosed_ThenCommitsAndReadsAreUnavailable) {
  JournalDb journal({path});
  EXPECT_EQ(journal.commit(batch(event(1))).error().kind, Error::Kind::unavailable);
  JournalReader reader;
  EXPECT_EQ(reader.read({}).error().kind, Error::Kind::unavailable);
  EXPECT_EQ(reader.attempts(1).error().kind, Error::Kind::unavailable);
  EXPECT_EQ(reader.parked({}).error().kind, Error::Kind::unavailable);
}

}  // namespace
}  // namespace chasqui::sqlite
