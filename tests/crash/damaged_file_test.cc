// A file in which bytes were turned: an error may come at any place, as a value; nothing may fall over it.
#include <gtest/gtest.h>

#include "tests/crash/journal_on_disk.h"
#include "tests/support/chance.h"
#include "tests/support/store_rows.h"

namespace chasqui::testing {
namespace {

std::string whole_journal() {
  FaultDisk disk;
  JournalLife life(disk, Log::copied_back_at_times);
  EXPECT_TRUE(life.open().has_value());
  for (const auto& batch : scripted_batches()) EXPECT_TRUE(life.commit(batch).has_value());
  life.close();
  return disk.content(kJournalFile);
}

void damage(std::string& content, Chance& choose) {
  for (std::size_t places = 1 + choose.below(4); places > 0; --places) {
    const std::size_t at = choose.below(content.size());
    switch (choose.below(3)) {
      case 0:
        content[at] = static_cast<char>(content[at] ^ (1 << choose.below(8)));
        break;
      case 1:
        content[at] = static_cast<char>(choose.below(256));
        break;
      default:
        content.replace(at, std::min<std::size_t>(512, content.size() - at), std::min<std::size_t>(512, content.size() - at),
                        '\0');
        break;
    }
  }
}

TEST(DamagedJournal, GivesErrorsAndNothingWorse) {
  const std::string whole = whole_journal();
  std::size_t refused = 0, unreadable = 0, taken = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Chance choose(seed);
    std::string content = whole;
    // Most of the file is empty space; the beginning of a page is not.
    if (choose.one_in(2)) {
      std::string page = content.substr(choose.below(content.size() / 16384) * 16384, 200);
      const std::size_t at = content.find(page);
      damage(page, choose);
      content.replace(at, page.size(), page);
    } else {
      damage(content, choose);
    }
    FaultDisk disk;
    disk.put(kJournalFile, std::move(content));
    JournalLife life(disk, Log::copied_back_after_each_batch);
    const auto opened = life.open();
    if (!opened) {
      ++refused;
      EXPECT_NE(opened.error().kind, Error::Kind::conflict) << opened.error().detail;
      continue;
    }
    const auto page = life.reader().read(all());
    if (!page) ++unreadable;
    for (Seq seq = 1; seq <= 12; ++seq) static_cast<void>(life.reader().attempts(seq));
    static_cast<void>(life.reader().parked(all_parked()));
    static_cast<void>(life.reader().fetch({EndpointNo{2}, {1, 2, 3, 4}, false}));
    static_cast<void>(life.reader().scan({EndpointNo{2}, {chat_lane(1)}, 1, 13, 100}));
    static_cast<void>(life.reader().ended(EndpointNo{1}, 100));
    if (const auto committed = life.commit(probe())) {
      ++taken;
      EXPECT_EQ(committed->events.size(), 3u);
    } else {
      EXPECT_EQ(committed.error().kind, Error::Kind::unavailable);
    }
  }
  // The damage reaches every stage.
  EXPECT_GT(refused, 5u);
  EXPECT_GT(unreadable, 5u);
  EXPECT_GT(taken, 20u);
}

}  // namespace
}  // namespace chasqui::testing
