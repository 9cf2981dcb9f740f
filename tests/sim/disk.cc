#include "tests/sim/disk.h"

#include <utility>

namespace chasqui::sim {

Result<ports::Recovered> Disk::open() {
  auto found = inner_.open();
  if (found) ledger_.check(*found);
  return found;
}

void Disk::commit(std::shared_ptr<const ports::Batch> batch, Done<ports::Committed> done) {
  ledger_.submitted(*batch);
  works_.push_back({std::move(batch), std::move(done), false, {}});
  if (works_.size() == 1) begin();
}

void Disk::begin() {
  const Millis whole = chance_.millis(0, weather.commit_max.count());
  const auto in_this_life = [this, life = life_](ports::Task task) {
    return [this, life, task = std::move(task)] {
      if (life == life_) task();
    };
  };
  const SteadyTime now = world_.steady_now();
  if (weather.failing) {
    world_.at(now + whole, in_this_life([this] { finish(true); }));
    return;
  }
  world_.at(now + chance_.millis(0, whole.count()), in_this_life([this] { apply(works_.front()); }));
  world_.at(now + whole, in_this_life([this] { finish(false); }));
}

void Disk::apply(Work& work) {
  if (work.applied) return;
  work.applied = true;
  inner_.commit(work.batch, [&](const Result<ports::Committed>& result) { work.committed = *result; });
  inside_.run();
  if (weather.low) work.committed.disk_free_bytes = 1000;
  ledger_.applied(*work.batch, work.committed);
  if (chance_.one_in(8)) ledger_.check(*inner_.open());
}

void Disk::finish(bool refuse) {
  if (!refuse) apply(works_.front());
  Work work = std::move(works_.front());
  works_.pop_front();
  if (!works_.empty()) begin();
  if (refuse) {
    ledger_.refused(*work.batch);
    return work.done(unavailable("the disk is full"));
  }
  work.done(std::move(work.committed));
}

template <class T>
void Disk::later(Done<T> done, std::function<void(Done<T>)> ask) {
  auto answer = std::make_shared<std::optional<Result<T>>>();
  const auto look = [this, ask = std::move(ask), answer] {
    ask([answer](Result<T> result) { answer->emplace(std::move(result)); });
    inside_.run();
  };
  // Readers see a snapshot: as old as the request, or as new as the answer.
  const bool early = chance_.one_in(2);
  if (early) look();
  const bool fails = chance_.percent(weather.read_fails_percent);
  world_.at(world_.steady_now() + chance_.millis(0, weather.read_max.count()),
            [this, life = life_, early, fails, look, answer, done = std::move(done)] {
              if (life != life_) return;
              if (fails) return done(unavailable("the disk cannot be read"));
              if (!early) look();
              done(std::move(**answer));
            });
}

void Disk::read(ports::ReadRange range, Done<ports::ReadPage> done) {
  later<ports::ReadPage>(std::move(done), [this, range](auto then) { inner_.read(range, std::move(then)); });
}
void Disk::fetch(ports::FetchList list, Done<std::vector<ports::Fetched>> done) {
  later<std::vector<ports::Fetched>>(std::move(done), [this, list](auto then) { inner_.fetch(list, std::move(then)); });
}
void Disk::scan(ports::ScanRange range, Done<ports::ScanPage> done) {
  later<ports::ScanPage>(std::move(done), [this, range](auto then) { inner_.scan(range, std::move(then)); });
}
void Disk::find(ports::FindRange range, Done<ports::FindPage> done) {
  later<ports::FindPage>(std::move(done), [this, range](auto then) { inner_.find(range, std::move(then)); });
}
void Disk::attempts(Seq seq, Done<std::vector<ports::AttemptRow>> done) {
  later<std::vector<ports::AttemptRow>>(std::move(done), [this, seq](auto then) { inner_.attempts(seq, std::move(then)); });
}
void Disk::parked(ports::ParkedFilter filter, Done<std::vector<ports::Parked>> done) {
  later<std::vector<ports::Parked>>(std::move(done), [this, filter](auto then) { inner_.parked(filter, std::move(then)); });
}
void Disk::ended(EndpointNo endpoint, std::size_t limit, Done<std::vector<ports::Ended>> done) {
  later<std::vector<ports::Ended>>(std::move(done),
                                   [this, endpoint, limit](auto then) { inner_.ended(endpoint, limit, std::move(then)); });
}

void Disk::close() {
  for (auto& work : works_) apply(work);
  works_.clear();
  ++life_;
}

void Disk::crash() {
  if (!works_.empty() && !weather.failing && chance_.one_in(2)) apply(works_.front());
  works_.clear();
  ++life_;
  ledger_.crashed();
}

}  // namespace chasqui::sim
