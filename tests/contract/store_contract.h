// What every store must do, whatever it is made of (src/ports/store.h). Each test here runs on all of them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/blocking_store.h"
#include "tests/support/store_homes.h"
#include "tests/support/store_rows.h"
#include "tests/support/store_text.h"

namespace chasqui::testing {

class StoreContract : public ::testing::TestWithParam<StoreKind> {
 protected:
  StoreContract() : home(GetParam().make(loop)) { open(); }
  ~StoreContract() override { store.close(); }

  /// Ends the store's life in good order and begins another. @return what it finds.
  ports::Recovered restart() {
    store.close();
    store = BlockingStore(home->next_life(), loop);
    open();
    return recovered;
  }

  /// Commits the rows; they must be taken.
  template <class... Rows>
  std::vector<ports::Appended> commit(Rows... rows) {
    auto committed = store.commit(batch(std::move(rows)...));
    EXPECT_TRUE(committed.has_value()) << text(committed);
    return committed ? std::move(committed->events) : std::vector<ports::Appended>{};
  }
  ports::ReadPage read(ports::ReadRange range = {}) {
    auto page = store.read(range);
    EXPECT_TRUE(page.has_value()) << text(page);
    return page ? std::move(*page) : ports::ReadPage{};
  }
  std::vector<ports::AttemptRow> attempts(Seq seq) {
    auto rows = store.attempts(seq);
    EXPECT_TRUE(rows.has_value()) << text(rows);
    return rows ? std::move(*rows) : std::vector<ports::AttemptRow>{};
  }
  std::vector<ports::Parked> parked(ports::ParkedFilter filter = all_parked().with_frozen()) {
    auto rows = store.parked(std::move(filter));
    EXPECT_TRUE(rows.has_value()) << text(rows);
    return rows ? std::move(*rows) : std::vector<ports::Parked>{};
  }
  static std::vector<Seq> seqs(const ports::ReadPage& page) {
    std::vector<Seq> out;
    for (const auto& e : page.events) out.push_back(e.seq);
    return out;
  }
  static std::vector<Seq> seqs(const std::vector<ports::Appended>& appended) {
    std::vector<Seq> out;
    for (const auto& e : appended) out.push_back(e.seq);
    return out;
  }

  WaitingLoop loop;
  std::unique_ptr<StoreHome> home;
  BlockingStore store{home->next_life(), loop};
  ports::Recovered recovered;

 private:
  void open() {
    auto opened = store.open();
    EXPECT_TRUE(opened.has_value()) << text(opened);
    if (opened) recovered = std::move(*opened);
  }
};

}  // namespace chasqui::testing
