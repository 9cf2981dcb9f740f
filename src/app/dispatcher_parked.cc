// What people do with parked deliveries: send them again, or end them with a note.
#include "app/dispatcher.h"

namespace chasqui {
namespace {

constexpr std::size_t kPage = 100;  // parked deliveries read at a time, with their bytes

}  // namespace

// One at a time: what the one before handled must have left the list when the next one reads it.
void Dispatcher::handle_parked(ports::ParkedFilter filter, std::function<void(Outbox&, const ports::Parked&)> each, Done done) {
  if (parked_busy_) {
    parked_next_.push_back([this, filter = std::move(filter), each = std::move(each), done = std::move(done)]() mutable {
      handle_parked(std::move(filter), std::move(each), std::move(done));
    });
    return;
  }
  parked_busy_ = true;
  each_parked(std::move(filter), 0, std::move(each), [this, done = std::move(done)](Result<std::uint64_t> handled) {
    parked_busy_ = false;
    if (!parked_next_.empty()) {
      parts_.loop.post(std::move(parked_next_.front()));
      parked_next_.pop_front();
    }
    done(std::move(handled));
  });
}

// Works through all that the filter matches, a page at a time: what was handled has left the list by the next page's commit.
void Dispatcher::each_parked(ports::ParkedFilter filter, std::uint64_t so_far,
                             std::function<void(Outbox&, const ports::Parked&)> each, Done done) {
  filter.limit = kPage;
  filter.with_frozen = true;
  parts_.store.parked(filter, [this, filter, so_far, each = std::move(each),
                               done = std::move(done)](const Result<std::vector<ports::Parked>>& rows) mutable {
    if (!rows) return done(rows.error());
    std::uint64_t handled = so_far;
    for (const auto& row : *rows) {
      const auto it = boxes_.find(static_cast<std::uint32_t>(row.endpoint));
      if (it == boxes_.end()) continue;
      each(*it->second, row);
      ++handled;
    }
    if (handled == so_far) return done(handled);
    parts_.journal.when_stored(
        [this, filter, handled, page = rows->size(), each = std::move(each), done = std::move(done)]() mutable {
          if (page < kPage) return done(handled);
          each_parked(filter, handled, std::move(each), std::move(done));
        });
  });
}

void Dispatcher::resume_parked(ports::ParkedFilter filter, Done done) {
  const auto resume = [this](Outbox& box, const ports::Parked& row) {
    const WallTime wall = parts_.clock.now();
    const OrderKey lane = row.lane.value_or(OrderKey{0});
    parts_.journal.resumed({row.endpoint, row.seq, row.part},
                           {row.endpoint, row.seq, row.part, lane, row.attempts, 0, to_ms(wall), to_ms(wall), true, row.frozen});
    box.retries[{row.seq, row.part}] = {
        row.attempts, 0, wall, parts_.clock.steady_now(), parts_.clock.steady_now(), box.circuit.outages(), true, lane, nullptr};
    ++box.routed;
    ++parts_.counters.deliveries_resumed;
    // Sent once the journal has it: the request's bytes are read from there.
    parts_.journal.when_stored([this, no = row.endpoint, seq = row.seq, part = row.part, lane] {
      Outbox& resumed = outbox(no);
      if (!resumed.retries.contains({seq, part})) return;
      resumed.lanes.insert_alone(lane, seq, parts_.clock.steady_now());
      pump(resumed);
    });
  };
  handle_parked(std::move(filter), resume, std::move(done));
}

void Dispatcher::drop_parked(ports::ParkedFilter filter, std::string note, Done done) {
  const auto drop = [this, note = std::move(note)](Outbox& box, const ports::Parked& row) {
    parts_.journal.dropped({row.endpoint, row.seq, row.part}, {row.endpoint, row.seq, row.seq + 1, 1, ports::EndKind::dropped,
                                                               note, row.part, to_ms(parts_.clock.now()), std::nullopt});
    ++parts_.counters.deliveries_dropped;
    parts_.log.info("a parked delivery was dropped",
                    {{"endpoint", box.id()}, {"seq", std::to_string(row.seq)}, {"part", row.part}, {"note", note}});
  };
  handle_parked(std::move(filter), drop, std::move(done));
}

}  // namespace chasqui
