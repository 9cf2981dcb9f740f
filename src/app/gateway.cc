#include "app/gateway.h"

#include <algorithm>

namespace chasqui {

Gateway::Gateway(World world, GatewaySettings settings)
    : world_(world),
      settings_(std::move(settings)),
      journal_(world.store, world.loop, world.timers, world.clock, world.log, counters_, settings_.journal),
      sessions_(settings_.sessions, journal_, world.dice),
      routes_(journal_),
      dispatcher_({world.store, world.http, world.loop, world.timers, world.clock, world.dice, world.log, journal_, sessions_,
                   routes_, counters_, latency_},
                  settings_.dispatcher),
      endpoints_(journal_, routes_, dispatcher_, world.crypto, world.clock, world.dice),
      ingest_(journal_, sessions_, routes_, world.crypto, world.clock, world.dice, counters_),
      cloud_api_(ingest_, journal_, world.crypto, world.log, counters_),
      inbox_(settings_.inbox_key ? std::optional<Inbox>(std::in_place, world.crypto, world.clock, *settings_.inbox_key)
                                 : std::nullopt),
      front_({cloud_api_, endpoints_, dispatcher_, journal_, world.store, world.crypto, world.clock, routes_, counters_, latency_,
              inbox_ ? &*inbox_ : nullptr},
             settings_.front) {
  journal_.on_entry([this](const EntryPtr& entry) { dispatcher_.on_entry(entry); });
  journal_.on_commit([this] { dispatcher_.on_commit(); });
  journal_.on_may_send([this] { dispatcher_.on_may_send(); });
  dispatcher_.on_gone([this](const std::string& id, const std::string& reason) { endpoints_.pause(id, reason); });
  dispatcher_.on_notice([this](const Notice& notice) { ingest_.announce(notice.code, notice.message); });
}

void Gateway::start(std::function<void(Status)> ready) {
  if (const auto restored = restore(); !restored) return ready(restored);
  ensure_operator_endpoints([this, ready = std::move(ready)](const Status& ensured) {
    if (ensured) {
      started_ = true;
      dispatcher_.start();
    }
    ready(ensured);
  });
}

Status Gateway::restore() {
  auto recovered = world_.store.open();
  if (!recovered) return recovered.error();
  routes_.restore(recovered->match_sets);
  sessions_.restore(recovered->sessions, recovered->contexts);
  ingest_.restore(recovered->last_received_at_ms);
  const auto config = recovered->config;
  dispatcher_.restore(*std::move(recovered));
  if (const auto restored = endpoints_.restore(config); !restored) return restored;
  if (const auto restored = cloud_api_.restore(config); !restored) return restored;
  for (auto& callback : settings_.callbacks)
    if (const auto put = cloud_api_.put(callback); !put) return put;
  return success();
}

// The environment is the truth for endpoints that it defines: what it no longer names is removed (and kept as a
// tombstone); what it names keeps its place in the journal whatever else changed (semantics 9).
void Gateway::ensure_operator_endpoints(std::function<void(Status)> ready) {
  const auto named = [this](const std::string& id) {
    return std::any_of(settings_.operator_endpoints.begin(), settings_.operator_endpoints.end(),
                       [&](const auto& e) { return e.id == id; });
  };
  std::vector<std::string> gone;
  for (const auto* old : endpoints_.list())
    if (old->origin == "environment" && !named(old->id)) gone.push_back(old->id);

  // Shared by the callbacks, which all come later or all at once: the last one reports.
  struct Progress {
    std::size_t open = 1;
    Status outcome = success();
    std::function<void(Status)> ready;
    void one_done(const Status& status) {
      if (!status && outcome) outcome = status;
      if (--open == 0) ready(outcome);
    }
  };
  auto progress = std::make_shared<Progress>();
  progress->ready = std::move(ready);
  const auto done = [progress](const Result<EndpointSettings>& made) {
    progress->one_done(made ? success() : Status(made.error()));
  };
  for (const auto& id : gone) {
    ++progress->open;
    endpoints_.remove(id, done);
  }
  for (const auto& wanted : settings_.operator_endpoints) {
    ++progress->open;
    endpoints_.ensure(wanted, done);
  }
  progress->one_done(success());
}

void Gateway::stop(ports::Task done) {
  if (!started_ || stopping_) {
    world_.loop.post(std::move(done));
    return;
  }
  stopping_ = true;
  front_.set_stopping();
  // First what is being stored, so that its sources are told; then what is being sent; then the cursors.
  dispatcher_.stop([this, done = std::move(done)] { finish(done); });
}

void Gateway::finish(ports::Task done) {
  journal_.want_checkpoint();
  journal_.when_idle([this, done = std::move(done)] {
    world_.store.close();
    done();
  });
}

}  // namespace chasqui
