#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "adapters/system/data_directory.h"
#include "adapters/system/descriptors.h"
#include "adapters/system/log.h"
#include "adapters/system/system_dice.h"

namespace chasqui::system {
namespace {

class Directory : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "chasqui-dir-XXXXXX").string();
    root = mkdtemp(name.data());
  }
  void TearDown() override { std::filesystem::remove_all(root); }
  std::string root;
};

TEST_F(Directory, IsMadeForItsOwnerAlone) {
  const auto directory = DataDirectory::open(root + "/a/b");
  ASSERT_TRUE(directory.has_value());
  EXPECT_EQ(std::filesystem::status(root + "/a/b").permissions(), std::filesystem::perms::owner_all);
}

TEST_F(Directory, ASecondProcessIsToldWhoHoldsIt) {
  const auto held = DataDirectory::open(root);
  ASSERT_TRUE(held.has_value());
  const std::string holder = "process " + std::to_string(getpid()) + " since ";
  const pid_t child = fork();
  if (child == 0) {
    const auto second = DataDirectory::open(root);
    const bool told = !second && second.error().kind == Error::Kind::conflict && second.error().detail.find(holder) != std::string::npos;
    _exit(told ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(Directory, IsFreeAgainAfterItsHolderIsGoneAndAStaleLockFileIsNoObstacle) {
  { const auto first = DataDirectory::open(root); }
  EXPECT_TRUE(std::filesystem::exists(root + "/lock"));
  EXPECT_TRUE(DataDirectory::open(root).has_value());
}

TEST_F(Directory, ThatCannotBeMadeGivesTheReason) {
  const auto refused = DataDirectory::open("/proc/none/data");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, Error::Kind::unavailable);
}

TEST(LogLine, AValueCannotForgeALine) {
  EXPECT_EQ(format_line(false, ports::Level::info, "it happened", {{"who", "a\nerror forged"}}), R"(it happened  who="a\nerror forged")");
  EXPECT_EQ(format_line(true, ports::Level::error, "it \"happened\"", {{"n", "7"}}), R"({"level":"error","what":"it \"happened\"","n":"7"})");
  EXPECT_EQ(format_line(false, ports::Level::info, "plain", {{"n", "7"}, {"empty", ""}}), "plain  n=7  empty=\"\"");
}

TEST(LogLevel, BelowTheChosenOneNothingIsWanted) {
  const SpdLog log({"warning", false});
  EXPECT_FALSE(log.wants(ports::Level::debug));
  EXPECT_FALSE(log.wants(ports::Level::info));
  EXPECT_TRUE(log.wants(ports::Level::warning));
  EXPECT_TRUE(log.wants(ports::Level::error));
}

TEST(Dice, RollStaysInItsRangeAndIdsDiffer) {
  SystemDice dice;
  for (int i = 0; i < 1000; ++i) {
    const double roll = dice.roll();
    EXPECT_GE(roll, 0.0);
    EXPECT_LT(roll, 1.0);
  }
  EXPECT_NE(dice.id_tail(), dice.id_tail());
}

TEST(Descriptors, AreSharedSoThatSourcesAndEndpointsCannotTakeThemFromEachOther) {
  const auto few = share(256, {});
  EXPECT_EQ(few.listener_connections_max, 64u);
  EXPECT_EQ(few.in_flight_max, 64u);
  EXPECT_LE(few.listener_connections_max + few.in_flight_max + few.idle_connections_max + 64, 256u);
  const auto many = share(65536, {});
  EXPECT_EQ(many.in_flight_max, 512u) << "plenty raises nothing beyond what was wanted";
  EXPECT_GE(share(10, {}).in_flight_max, 8u);
}

TEST(Descriptors, TheSoftLimitIsRaisedToTheHardOne) { EXPECT_GE(raise_descriptor_limit(), 256u); }

}  // namespace
}  // namespace chasqui::system
