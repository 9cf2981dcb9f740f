#include "app/endpoints.h"

#include <algorithm>

namespace chasqui {

Endpoints::Endpoints(Journal& journal, Routes& routes, Dispatcher& dispatcher, ports::Crypto& crypto, ports::Clock& clock,
                     ports::Dice& dice)
    : journal_(journal), routes_(routes), dispatcher_(dispatcher), crypto_(crypto), clock_(clock), dice_(dice) {}

Status Endpoints::restore(const std::vector<ports::ConfigRow>& config) {
  for (const auto& row : config) {
    if (row.kind != "endpoint") continue;
    auto settings = from_stored(row.json, crypto_);
    if (!settings) return settings.error();
    auto target = compile(std::move(*settings), crypto_);
    if (!target) return corrupt("endpoint " + row.id + ": " + target.error().detail);
    last_no_ = std::max(last_no_, static_cast<std::uint32_t>((*target)->settings.no));
    by_id_[row.id] = *target;
    dispatcher_.put(*target);
  }
  reroute();
  return success();
}

void Endpoints::create(json::Value body, Done done) {
  if (list().size() >= kCountMax) return done(conflict("there are 5000 endpoints already; delete some first"));
  const auto dialect = body["dialect"];
  if (dialect.exists() && !dialect.is_string()) return done(invalid_input("dialect must be a string"));
  auto settings = new_endpoint(dialect.string_or("waha"));
  if (settings) settings = read_endpoint(body, std::move(*settings));
  if (!settings) return done(settings.error());
  settings->origin = "api";
  settings->created_at_ms = to_ms(clock_.now());
  settings->id = "ep_" + EventId::make(settings->created_at_ms, dice_.id_tail().data()).text();
  settings->no = EndpointNo{++last_no_};
  store(std::move(*settings), std::move(done));
}

void Endpoints::change(const std::string& id, json::Value body, Done done) {
  const EndpointSettings* old = find(id);
  if (old == nullptr) return done(not_found("no endpoint has the id " + id));
  if (const auto dialect = body["dialect"]; dialect.exists() && dialect.string_or({}) != old->dialect)
    return done(invalid_input("dialect cannot be changed here; make a new endpoint"));
  auto settings = read_endpoint(body, *old);
  if (!settings) return done(settings.error());
  store(std::move(*settings), std::move(done));
}

void Endpoints::remove(const std::string& id, Done done) {
  const EndpointSettings* old = find(id);
  if (old == nullptr) return done(not_found("no endpoint has the id " + id));
  EndpointSettings settings = *old;
  settings.deleted_at_ms = to_ms(clock_.now());
  store(std::move(settings), std::move(done));
}

void Endpoints::restore_deleted(const std::string& id, Done done) {
  const auto it = by_id_.find(id);
  if (it == by_id_.end() || it->second->settings.deleted_at_ms == 0 || it->second->settings.backlog_ended)
    return done(not_found("no endpoint with the id " + id + " was deleted within the last seven days"));
  EndpointSettings settings = it->second->settings;
  settings.deleted_at_ms = 0;
  store(std::move(settings), std::move(done));
}

void Endpoints::pause(const std::string& id, std::string reason) {
  const EndpointSettings* old = find(id);
  if (old == nullptr || old->paused) return;
  EndpointSettings settings = *old;
  settings.paused = true;
  settings.pause_reason = std::move(reason);
  store(std::move(settings), [](const Result<EndpointSettings>&) {});
}

void Endpoints::expire_tombstones() {
  const std::int64_t before = to_ms(clock_.now()) - std::chrono::duration_cast<Millis>(kKeptFor).count();
  std::vector<EndpointSettings> due;
  for (const auto& [id, target] : by_id_) {
    const EndpointSettings& s = target->settings;
    if (s.deleted_at_ms != 0 && s.deleted_at_ms < before && !s.backlog_ended) due.push_back(s);
  }
  for (auto& settings : due) {
    settings.backlog_ended = true;
    store(std::move(settings), [this](const Result<EndpointSettings>& stored) {
      if (stored) dispatcher_.end_backlog(stored->no, ports::EndKind::expired, "endpoint_deleted");
    });
  }
}

std::string Endpoints::id_of(EndpointNo no) const {
  for (const auto& [id, target] : by_id_)
    if (target->settings.no == no) return id;
  return {};
}

void Endpoints::ensure(EndpointSettings settings, Done done) {
  if (const auto known = by_id_.find(settings.id); known != by_id_.end()) {
    const EndpointSettings& old = known->second->settings;
    settings.no = old.no;
    settings.created_at_ms = old.created_at_ms;
    // Pausing and disabling are a person's, and a restart changes neither.
    settings.paused = old.paused;
    settings.pause_reason = old.pause_reason;
    settings.disabled = old.disabled;
  } else {
    settings.no = EndpointNo{++last_no_};
    settings.created_at_ms = to_ms(clock_.now());
  }
  store(std::move(settings), std::move(done));
}

const EndpointSettings* Endpoints::find(const std::string& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() || it->second->settings.deleted_at_ms != 0 ? nullptr : &it->second->settings;
}

std::vector<const EndpointSettings*> Endpoints::list() const {
  std::vector<const EndpointSettings*> all;
  for (const auto& [id, target] : by_id_)
    if (target->settings.deleted_at_ms == 0) all.push_back(&target->settings);
  std::sort(all.begin(), all.end(), [](auto* a, auto* b) { return a->no < b->no; });
  return all;
}

std::shared_ptr<const EndpointTarget> Endpoints::find_any(const std::string& id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second;
}

std::vector<std::shared_ptr<const EndpointTarget>> Endpoints::all() const {
  std::vector<std::shared_ptr<const EndpointTarget>> all;
  for (const auto& [id, target] : by_id_) all.push_back(target);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->settings.no < b->settings.no; });
  return all;
}

// Checked first, durable second, in effect third.
void Endpoints::store(EndpointSettings settings, Done done) {
  auto target = compile(std::move(settings), crypto_);
  if (!target) return done(target.error());
  const EndpointSettings& checked = (*target)->settings;
  journal_.config({"endpoint", checked.id, to_stored(checked, crypto_)},
                  [this, target = *target, done = std::move(done)](const Status& stored) {
                    if (!stored) return done(stored.error());
                    apply(target);
                    done(target->settings);
                  });
}

void Endpoints::apply(std::shared_ptr<const EndpointTarget> target) {
  const auto before = by_id_.find(target->settings.id);
  const bool was_disabled = before != by_id_.end() && before->second->settings.disabled;
  const bool disable = target->settings.disabled && !was_disabled && target->settings.deleted_at_ms == 0;
  const EndpointNo no = target->settings.no;
  by_id_[target->settings.id] = target;
  dispatcher_.put(std::move(target));
  reroute();
  if (disable) dispatcher_.end_backlog(no, ports::EndKind::skipped, "endpoint_disabled");
}

void Endpoints::reroute() {
  std::vector<Subscriber> subscribers;
  for (const auto& [id, target] : by_id_) {
    const EndpointSettings& s = target->settings;
    if (s.deleted_at_ms == 0) subscribers.push_back({s.no, target->dialect, s.options, target->wanted, s.session, s.disabled});
  }
  routes_.replace(std::move(subscribers));
}

}  // namespace chasqui
