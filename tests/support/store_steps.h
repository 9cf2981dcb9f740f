// Random steps for stores: batches as a gateway makes them, and questions about what is stored. A seed repeats them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "ports/store.h"
#include "tests/support/chance.h"
#include "tests/support/store_model.h"
#include "tests/support/store_rows.h"

namespace chasqui::testing {

struct Restart {};
struct AskAttempts {
  Seq seq = 0;
};
struct AskEnded {
  EndpointNo endpoint{};
  std::size_t limit = 0;
};
/// A new operation of the port joins with a kind of step here.
using StoreStep = std::variant<ports::Batch, ports::ReadRange, ports::FetchList, ports::ScanRange, ports::FindRange,
                               ports::ParkedFilter, AskAttempts, AskEnded, Restart>;

/// What is stored and what is open it takes from the model, into which each step must go before the next is asked for.
class StoreSteps {
 public:
  StoreSteps(std::uint64_t seed, const StoreModel& model) : choose_(seed), model_(model) {}

  StoreStep next();
  ports::Batch next_batch();

 private:
  using Lane = std::pair<std::uint32_t, OrderKey>;  // endpoint, lane

  StoreStep next_question();
  void add_rows(ports::Batch& batch);
  void add_events(ports::Batch& batch);
  ports::NewEvent next_event(const ports::Batch& batch);
  void settle_some(ports::Batch& batch);
  void settle_head(ports::Batch& batch, std::uint32_t endpoint, Seq seq);
  void settle_resumed(ports::Batch& batch, const ports::Retry& retry);
  void repair_some(ports::Batch& batch);
  void end_backlog(ports::Batch& batch);
  void note_cursors(ports::Batch& batch);
  ports::CursorRow cursor(std::uint32_t endpoint, Seq tail, const OpenDeliveries& open);
  std::map<Lane, Seq> heads() const;
  OrderKey lane_of(std::uint32_t endpoint, Seq seq) const;
  std::uint32_t some_endpoint();
  std::string letters(std::size_t length);

  Chance choose_;
  const StoreModel& model_;
  std::uint64_t events_made_ = 0;
  std::uint32_t match_sets_ = 0, contexts_ = 0;
  std::set<Lane> deferred_;  // in the last checkpoint
};

}  // namespace chasqui::testing
