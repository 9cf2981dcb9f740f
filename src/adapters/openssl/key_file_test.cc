#include "adapters/openssl/key_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace chasqui {
namespace {

class KeyFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "chasqui-key-XXXXXX").string();
    directory = mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(directory); }
  std::string path() const { return directory + "/secret.key"; }
  std::string journal() const { return directory + "/journal.sqlite"; }

  std::string directory;
};

TEST_F(KeyFile, IsMadeAtTheFirstStartForItsOwnerAloneAndReadAtLaterOnes) {
  const auto made = load_or_make_key(path(), journal());
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->size(), 32u);
  struct stat status{};
  ASSERT_EQ(stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(*load_or_make_key(path(), journal()), *made);
}

TEST_F(KeyFile, ThatOthersCanReadIsRefusedWithTheFix) {
  ASSERT_TRUE(load_or_make_key(path(), journal()).has_value());
  chmod(path().c_str(), 0640);
  const auto refused = load_or_make_key(path(), journal());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, Error::Kind::conflict);
  EXPECT_NE(refused.error().detail.find("chmod 600"), std::string::npos);
}

TEST_F(KeyFile, OfAnotherSizeIsRefused) {
  for (const std::size_t size : {0u, 31u, 33u, 1000u}) {
    std::ofstream(path()) << std::string(size, 'x');
    chmod(path().c_str(), 0600);
    EXPECT_EQ(load_or_make_key(path(), journal()).error().kind, Error::Kind::corrupt) << size;
  }
}

TEST_F(KeyFile, IsNotMadeAnewBesideAJournalThatNeedsTheLostOne) {
  std::ofstream(journal()) << "data";
  const auto refused = load_or_make_key(path(), journal());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, Error::Kind::corrupt);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(KeyFile, WhereItCannotBeMadeTheReasonIsGiven) {
  const auto refused = load_or_make_key(directory + "/none/secret.key", journal());
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().detail.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace chasqui
