#include "adapters/sqlite/database.h"

#include <gtest/gtest.h>

#include "tests/support/temp_directory.h"

namespace chasqui::sqlite {
namespace {

class ADatabase : public ::testing::Test {
 protected:
  ADatabase() {
    EXPECT_TRUE(db.open(":memory:", Database::Mode::read_write, nullptr));
    EXPECT_TRUE(db.run("CREATE TABLE t(n INTEGER, s TEXT, b BLOB)"));
  }
  testing::TempDirectory directory;
  Database db;
};

TEST_F(ADatabase, GivesBackWhatWasBound) {
  Statement insert, select;
  ASSERT_TRUE(insert.prepare(db, "INSERT INTO t VALUES(?,?,?)"));
  ASSERT_TRUE(select.prepare(db, "SELECT n, s, b, typeof(s), typeof(b) FROM t"));
  const std::string text("a\0b", 3);
  ASSERT_TRUE(insert.bind(~std::uint64_t{0}, text, Statement::blob(text)).execute());
  ASSERT_TRUE(select.step());
  EXPECT_EQ(static_cast<std::uint64_t>(select.integer(0)), ~std::uint64_t{0});
  EXPECT_EQ(select.text(1), text);
  EXPECT_EQ(select.bytes(2), text);
  EXPECT_EQ(select.text(3), "text");
  EXPECT_EQ(select.text(4), "blob");
  EXPECT_FALSE(select.step());
  EXPECT_FALSE(select.failed());
}

TEST_F(ADatabase, KeepsAnEmptyTextApartFromNothing) {
  Statement insert;
  ASSERT_TRUE(insert.prepare(db, "INSERT INTO t VALUES(0,?,?)"));
  ASSERT_TRUE(insert.bind(std::string_view(), Statement::blob({})).execute());
  EXPECT_EQ(*db.number("SELECT count(*) FROM t WHERE s IS NOT NULL AND b IS NOT NULL"), 1);
}

TEST_F(ADatabase, GivesZeroForANumberThatIsNotThere) {
  EXPECT_EQ(*db.number("SELECT n FROM t"), 0);
  EXPECT_EQ(*db.number("SELECT max(n) FROM t"), 0);
  EXPECT_FALSE(db.number("SELECT n FROM nowhere").has_value());
}

TEST_F(ADatabase, GivenAStatementThatFails_ThenItSaysSoAndCanBeUsedAgain) {
  ASSERT_TRUE(db.run("CREATE UNIQUE INDEX one ON t(n)"));
  Statement insert;
  ASSERT_TRUE(insert.prepare(db, "INSERT INTO t(n) VALUES(?)"));
  EXPECT_TRUE(insert.bind(1).execute());
  EXPECT_FALSE(insert.bind(1).execute());
  EXPECT_TRUE(insert.bind(2).execute());
  EXPECT_EQ(*db.number("SELECT count(*) FROM t"), 2);
}

TEST_F(ADatabase, GivenAnotherThatHoldsTheFile_ThenItIsAConflict) {
  const std::string path = directory.file("x.sqlite");
  Database one, other;
  ASSERT_TRUE(one.open(path, Database::Mode::read_write, nullptr));
  ASSERT_TRUE(one.run("CREATE TABLE t(n); BEGIN EXCLUSIVE"));
  ASSERT_TRUE(other.open(path, Database::Mode::read_write, nullptr));
  const auto refused = other.number("SELECT count(*) FROM t");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, Error::Kind::conflict);
}

TEST_F(ADatabase, GivenAFileThatIsNotThere_ThenReadingItIsUnavailable) {
  Database other;
  const auto refused = other.open(directory.file("missing.sqlite"), Database::Mode::read_only, nullptr);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, Error::Kind::unavailable);
  EXPECT_EQ(other.handle(), nullptr);
}

TEST_F(ADatabase, GivenAReader_ThenItCannotWrite) {
  const std::string path = directory.file("x.sqlite");
  Database writer, reader;
  ASSERT_TRUE(writer.open(path, Database::Mode::read_write, nullptr));
  ASSERT_TRUE(writer.run("CREATE TABLE t(n)"));
  ASSERT_TRUE(reader.open(path, Database::Mode::read_only, nullptr));
  EXPECT_FALSE(reader.run("INSERT INTO t VALUES(1)").has_value());
}

}  // namespace
}  // namespace chasqui::sqlite
