// A store as a test wants it: ask, and have the answer.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "ports/store.h"
#include "tests/support/waiting_loop.h"

namespace chasqui::testing {

/// The members of ports::Store, each waiting for its answer. A new one is a line here.
class BlockingStore {
 public:
  BlockingStore(ports::Store& store, WaitingLoop& loop) : store_(&store), loop_(&loop) {}

  Result<ports::Recovered> open() { return store_->open(); }
  Result<ports::Committed> commit(ports::Batch batch) {
    return ask<ports::Committed>(
        [&](auto done) { store_->commit(std::make_shared<const ports::Batch>(std::move(batch)), std::move(done)); });
  }
  Result<ports::ReadPage> read(ports::ReadRange range) {
    return ask<ports::ReadPage>([&](auto done) { store_->read(range, std::move(done)); });
  }
  Result<std::vector<ports::AttemptRow>> attempts(Seq seq) {
    return ask<std::vector<ports::AttemptRow>>([&](auto done) { store_->attempts(seq, std::move(done)); });
  }
  Result<std::vector<ports::Fetched>> fetch(ports::FetchList list) {
    return ask<std::vector<ports::Fetched>>([&](auto done) { store_->fetch(std::move(list), std::move(done)); });
  }
  Result<ports::ScanPage> scan(ports::ScanRange range) {
    return ask<ports::ScanPage>([&](auto done) { store_->scan(std::move(range), std::move(done)); });
  }
  Result<ports::FindPage> find(ports::FindRange range) {
    return ask<ports::FindPage>([&](auto done) { store_->find(range, std::move(done)); });
  }
  Result<std::vector<ports::Parked>> parked(ports::ParkedFilter filter) {
    return ask<std::vector<ports::Parked>>([&](auto done) { store_->parked(std::move(filter), std::move(done)); });
  }
  Result<std::vector<ports::Ended>> ended(EndpointNo endpoint, std::size_t limit) {
    return ask<std::vector<ports::Ended>>([&](auto done) { store_->ended(endpoint, limit, std::move(done)); });
  }
  void close() { store_->close(); }

  /// Hands `call` a callback and runs the loop until it was called.
  template <class T, class Call>
  Result<T> ask(Call call) {
    auto answer = std::make_shared<std::optional<Result<T>>>();
    call(ports::Store::Done<T>([answer](Result<T> result) { answer->emplace(std::move(result)); }));
    loop_->run_until([&] { return answer->has_value(); });
    return std::move(**answer);
  }

  ports::Store& port() { return *store_; }

 private:
  ports::Store* store_;
  WaitingLoop* loop_;
};

}  // namespace chasqui::testing
