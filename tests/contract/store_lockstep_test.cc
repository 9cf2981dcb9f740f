// The same random steps, restarts included, on a model and on every store; after each step all must say the same.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "tests/support/blocking_store.h"
#include "tests/support/store_homes.h"
#include "tests/support/store_model.h"
#include "tests/support/store_rows.h"
#include "tests/support/store_steps.h"
#include "tests/support/store_text.h"

namespace chasqui::testing {
namespace {

/// A store beside the model; says in words what it answers.
class Runner {
 public:
  explicit Runner(const StoreKind& kind)
      : name_(kind.name), home_(kind.make(loop_)), store_(home_->next_life(), loop_), opened_(text(store_.open())) {}
  ~Runner() { store_.close(); }

  const std::string& name() const { return name_; }
  std::string answer(const ports::Batch& batch) { return text(store_.commit(batch)); }
  std::string answer(const ports::ReadRange& range) { return text(store_.read(range)); }
  std::string answer(const ports::FetchList& list) { return text(store_.fetch(list)); }
  std::string answer(const ports::ScanRange& range) { return text(store_.scan(range)); }
  std::string answer(const ports::FindRange& range) { return text(store_.find(range)); }
  std::string answer(const ports::ParkedFilter& filter) { return text(store_.parked(filter)); }
  std::string answer(AskAttempts ask) { return text(store_.attempts(ask.seq)); }
  std::string answer(AskEnded ask) { return text(store_.ended(ask.endpoint, ask.limit)); }
  std::string answer(Restart) {
    store_.close();
    store_ = BlockingStore(home_->next_life(), loop_);
    const auto found = store_.open();
    if (!found) return text(found);
    const auto events = store_.read(all().events(1'000'000).bytes(1u << 30));
    return text_but_cursors(*found) + text(open_deliveries(found->checkpoint, events->events, found->match_sets)) +
           holds(found->checkpoint);
  }

  static std::string holds(const ports::Checkpoint& checkpoint) {
    std::string out;
    for (const auto& row : checkpoint.laggards)
      if (row.hold_until_ms != 0)
        out += "hold " + std::to_string(static_cast<int>(row.endpoint)) + " " + std::to_string(row.hold_until_ms) + "\n";
    return out;
  }

 private:
  std::string name_;
  WaitingLoop loop_;
  std::unique_ptr<StoreHome> home_;
  BlockingStore store_;
  std::string opened_;
};

std::string answer(StoreModel& model, const ports::Batch& batch) { return text(model.commit(batch)); }
std::string answer(StoreModel& model, const ports::ReadRange& range) { return text(model.read(range)); }
std::string answer(StoreModel& model, const ports::FetchList& list) { return text(model.fetch(list)); }
std::string answer(StoreModel& model, const ports::ScanRange& range) { return text(model.scan(range)); }
std::string answer(StoreModel& model, const ports::FindRange& range) { return text(model.find(range)); }
std::string answer(StoreModel& model, const ports::ParkedFilter& filter) { return text(model.parked(filter)); }
std::string answer(StoreModel& model, AskAttempts ask) { return text(model.attempts(ask.seq)); }
std::string answer(StoreModel& model, AskEnded ask) { return text(model.ended(ask.endpoint, ask.limit)); }
std::string answer(StoreModel& model, Restart) {
  const auto found = model.recovered();
  return text_but_cursors(found) + text(model.open()) + Runner::holds(found.checkpoint);
}

// CHASQUI_SEED=n repeats the run of one seed.
std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* one = std::getenv("CHASQUI_SEED")) return {std::strtoull(one, nullptr, 10)};
  std::vector<std::uint64_t> all;
  for (std::uint64_t seed = 1; seed <= count; ++seed) all.push_back(seed);
  return all;
}

// True while all agree. After the step itself comes a look at the end of the journal.
bool agree(StoreModel& model, std::vector<std::unique_ptr<Runner>>& runners, const StoreStep& step) {
  const std::string expected = std::visit([&](const auto& s) { return answer(model, s); }, step);
  const ports::ReadRange tail = from(model.next_seq() - std::min<Seq>(model.next_seq() - 1, 5));
  const std::string at_the_end = answer(model, tail);
  for (auto& runner : runners) {
    EXPECT_EQ(std::visit([&](const auto& s) { return runner->answer(s); }, step), expected) << runner->name();
    EXPECT_EQ(runner->answer(tail), at_the_end) << runner->name();
  }
  return !::testing::Test::HasFailure();
}

TEST(StoreLockstep, EveryStoreSaysWhatTheModelSays) {
  for (const std::uint64_t seed : seeds(12)) {
    SCOPED_TRACE("CHASQUI_SEED=" + std::to_string(seed));
    StoreModel model;
    StoreSteps steps(seed, model);
    std::vector<std::unique_ptr<Runner>> runners;
    // Without the one on a real disk: it adds nothing but the wait for it.
    for (const auto& kind : {memory_store(), sqlite_store_with_a_tiny_log()}) runners.push_back(std::make_unique<Runner>(kind));
    for (int i = 1; i <= 150; ++i) {
      SCOPED_TRACE("step " + std::to_string(i));
      if (!agree(model, runners, steps.next())) return;
    }
    if (!agree(model, runners, Restart{}) || !agree(model, runners, from(1).events(100'000))) return;
    for (Seq seq = 1; seq < model.next_seq(); ++seq)
      if (!agree(model, runners, AskAttempts{seq})) return;
  }
}

}  // namespace
}  // namespace chasqui::testing
