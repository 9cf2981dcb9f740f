// The power goes at every place where it can. Whatever was reported is there afterwards, whole; the batch under way is there
// whole or not at all; and the journal goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/crash/journal_on_disk.h"
#include "tests/support/store_text.h"

namespace chasqui::testing {
namespace {

struct Variant {
  std::string name;
  Survival::Writes writes;
  Survival::Names names;
  friend void PrintTo(const Variant& v, std::ostream* out) { *out << v.name; }
};

class PowerCut : public ::testing::TestWithParam<std::tuple<Variant, Log>> {
 protected:
  static const Variant& variant() { return std::get<0>(GetParam()); }
  static Log log() { return std::get<1>(GetParam()); }

  PowerCut() {
    disk.on_operation([this](DiskOp, const std::string&) { look_at_what_a_cut_leaves(); });
    expect();
  }

  void live(std::size_t from, std::size_t to) {
    JournalLife life(disk, log());
    ASSERT_TRUE(life.open().has_value());
    for (std::size_t i = from; i < to && !HasFailure(); ++i) {
      under_way = &script[i];
      expect();
      const auto committed = life.commit(script[i]);
      ASSERT_TRUE(committed.has_value());
      EXPECT_EQ(text(*committed), text(reported.commit(script[i])));
      under_way = nullptr;
      expect();
    }
    life.close();
  }
  // What may be found from now on.
  void expect() {
    without = everything(reported);
    StoreModel all = reported;
    if (under_way != nullptr) all.commit(*under_way);
    with = everything(all);
  }

  void look_at_what_a_cut_leaves() {
    if (HasFailure()) return;  // the first place says enough
    const std::uint64_t place = ++boundaries;
    SCOPED_TRACE("cut before operation " + std::to_string(place));
    const auto found_disk = disk.after_power_cut({variant().writes, variant().names, place});
    if (place % 3 == 0) cut_again_while_it_opens(*found_disk, place);
    JournalLife life(*found_disk, log());
    const std::string found = life.open_and_read();
    found_disk->on_operation(nullptr);
    StoreModel expected = reported;
    if (under_way != nullptr && found == with) {
      expected.commit(*under_way);
    } else {
      ASSERT_EQ(found, without);
    }
    const auto more = life.commit(probe());
    ASSERT_TRUE(more.has_value()) << more.error().detail;
    EXPECT_EQ(text(*more), text(expected.commit(probe())));
    if (place % 3 != 1) return;
    life.close();
    EXPECT_EQ(life.open_and_read(), everything(expected)) << "in the life after that";
  }
  // Once more, at one operation of the opening.
  void cut_again_while_it_opens(FaultDisk& found_disk, std::uint64_t place) {
    found_disk.on_operation([this, &found_disk, left = 1 + place % 13](DiskOp, const std::string&) mutable {
      if (--left != 0) return;
      ++second_cuts;
      const auto second = found_disk.after_power_cut({variant().writes, variant().names, boundaries});
      JournalLife life(*second, log());
      EXPECT_THAT(life.open_and_read(), ::testing::AnyOf(without, with)) << "cut again";
    });
  }

  FaultDisk disk;
  std::vector<ports::Batch> script = scripted_batches();
  StoreModel reported;
  const ports::Batch* under_way = nullptr;
  std::string without, with;
  std::uint64_t boundaries = 0, second_cuts = 0;
};

TEST_P(PowerCut, AtAnyMomentLosesNothingThatWasReportedAndLeavesNothingHalf) {
  live(0, 6);
  live(6, script.size());
  look_at_what_a_cut_leaves();
  EXPECT_GT(boundaries, 200u) << "the script reaches the disk that often";
  EXPECT_GT(second_cuts, 30u);
}

const std::vector<Variant> kVariants{{"NothingUnsyncedSurvives", Survival::Writes::none, Survival::Names::none},
                                     {"FilesSurviveWithoutTheirWrites", Survival::Writes::none, Survival::Names::all},
                                     {"EverythingSurvives", Survival::Writes::all, Survival::Names::all},
                                     {"WritesSurviveButNoNewFile", Survival::Writes::all, Survival::Names::none},
                                     {"SomeWritesSurvive", Survival::Writes::some, Survival::Names::some},
                                     {"TheLastWriteIsTorn", Survival::Writes::all_but_torn_last, Survival::Names::all},
                                     {"SomeWritesSurviveTorn", Survival::Writes::some_torn, Survival::Names::some}};

INSTANTIATE_TEST_SUITE_P(Where, PowerCut,
                         ::testing::Combine(::testing::ValuesIn(kVariants),
                                            ::testing::Values(Log::copied_back_after_each_batch, Log::copied_back_at_times)),
                         [](const auto& v) {
                           return std::get<0>(v.param).name + (std::get<1>(v.param) == Log::copied_back_at_times
                                                                   ? "WhileTheLogGrows"
                                                                   : "WhileTheLogIsCopiedBack");
                         });

}  // namespace
}  // namespace chasqui::testing
