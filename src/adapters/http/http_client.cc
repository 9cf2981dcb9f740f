#include "adapters/http/http_client.h"

#include <algorithm>
#include <utility>

#include "adapters/http/detail/client_connection.h"
#include "adapters/http/detail/client_impl.h"
#include "adapters/http/detail/loop_impl.h"

namespace chasqui::http {

using ports::Answer;
using ports::SendError;

Answer failed(SendError error, std::string detail) {
  Answer answer;
  answer.error = error;
  answer.detail = std::move(detail);
  return answer;
}

AsioHttpClient::Impl::Impl(AsioLoop& on, HttpClientSettings with, std::unique_ptr<TlsContext> context)
    : loop(on), io(on.impl().io), settings(std::move(with)), tls(std::move(context)), resolver(io, settings.resolve_ttl) {}

AsioHttpClient::Impl::~Impl() {
  stopped_ = true;
  resolver.stop();
  loop.cancel(sweep_timer_);
  while (!busy_.empty()) busy_.front()->drop();
  while (!idle_.empty()) idle_.front()->drop();
  for (auto& [origin, pool] : pools_)
    for (auto& exchange : pool.queue) loop.cancel(exchange->deadline);
}

void AsioHttpClient::Impl::send(ports::OutgoingRequest request, std::function<void(Answer)> done) {
  sending_ = true;
  auto exchange = std::make_unique<Exchange>();
  exchange->request = std::move(request);
  exchange->done = std::move(done);
  if (stopped_) {
    finish(std::move(exchange), failed(SendError::shut_down, "the client was stopped"));
  } else {
    ++counters.requests;
    auto* const raw = exchange.get();
    exchange->deadline = loop.at(raw->request.deadline, [this, raw] { expire(*raw); });
    dispatch(pool_of(raw->request.origin), std::move(exchange));
  }
  sending_ = false;
}

Pool& AsioHttpClient::Impl::pool_of(const ports::Origin& origin) {
  const auto [found, is_new] = pools_.try_emplace(origin);
  Pool& pool = found->second;
  if (is_new) {
    pool.origin = origin;
    pool.name = (origin.host.find(':') == std::string::npos ? origin.host : "[" + origin.host + "]") + ":" +
                std::to_string(origin.port);
  }
  return pool;
}

void AsioHttpClient::Impl::dispatch(Pool& pool, ExchangePtr exchange) {
  exchange->pool = &pool;
  if (!pool.idle.empty()) {
    ClientConnection& connection = *pool.idle.back();
    take_from_idle(connection);
    connection.begin(std::move(exchange), true);
  } else if (pool.connections < settings.connections_per_origin_max && pool.queue.empty()) {
    open(pool, std::move(exchange));
  } else {
    auto* const raw = exchange.get();
    raw->place_in_queue = pool.queue.insert(pool.queue.end(), std::move(exchange));
    ++counters.queued;
  }
}

void AsioHttpClient::Impl::open(Pool& pool, ExchangePtr exchange) {
  ++pool.connections;
  const Ref<ClientConnection> connection(new ClientConnection(*this, pool));
  connection->place = busy_.insert(busy_.end(), connection);
  connection->open(std::move(exchange));
}

ExchangePtr AsioHttpClient::Impl::take_queued(Pool& pool, std::list<ExchangePtr>::iterator which) {
  auto exchange = std::move(*which);
  pool.queue.erase(which);
  --counters.queued;
  return exchange;
}

void AsioHttpClient::Impl::expire(Exchange& exchange) {
  exchange.deadline = ports::TimerId::none;
  if (exchange.connection != nullptr) {
    return exchange.connection->abort(SendError::timeout,
                                      "not done by the deadline: " + exchange.connection->waiting_for());
  }
  Pool& pool = *exchange.pool;
  finish(take_queued(pool, exchange.place_in_queue),
         failed(SendError::timeout, "not done by the deadline: waiting for a connection to " + pool.name + ", " +
                                        std::to_string(pool.connections) + " are busy"));
}

void AsioHttpClient::Impl::finish(ExchangePtr exchange, Answer answer) {
  loop.cancel(exchange->deadline);
  if (!sending_) return exchange->done(std::move(answer));
  loop.post([done = std::move(exchange->done), answer = std::move(answer)]() mutable { done(std::move(answer)); });
}

void AsioHttpClient::Impl::take_from_idle(ClientConnection& connection) {
  auto& same_origin = connection.pool().idle;
  if (!same_origin.empty() && same_origin.back() == &connection) {
    same_origin.pop_back();
  } else {
    std::erase(same_origin, &connection);
  }
  busy_.splice(busy_.end(), idle_, connection.place);
  connection.idle = false;
}

void AsioHttpClient::Impl::release(ClientConnection& connection, SteadyTime idle_until) {
  Pool& pool = connection.pool();
  if (!pool.queue.empty()) return connection.begin(take_queued(pool, pool.queue.begin()), true);
  connection.idle = true;
  connection.idle_until = idle_until;
  idle_.splice(idle_.end(), busy_, connection.place);
  pool.idle.push_back(&connection);
  if (idle_.size() > settings.idle_connections_max) idle_.front()->drop();
  if (!idle_.empty()) watch_idle(idle_until);
}

void AsioHttpClient::Impl::remove(ClientConnection& connection) {
  Pool& pool = connection.pool();
  if (connection.idle) take_from_idle(connection);
  busy_.erase(connection.place);
  --pool.connections;
  if (stopped_ || pool.refilling) return;
  if (pool.queue.empty()) {
    if (pool.connections == 0) pools_.erase(pools_.find(pool.origin));
    return;
  }
  // In a turn of its own: connecting can fail at once, and a long queue would otherwise become a deep recursion.
  pool.refilling = true;
  loop.post([this, alive = std::weak_ptr<bool>(alive_), origin = pool.origin] {
    if (!alive.expired() && !stopped_) refill(origin);
  });
}

void AsioHttpClient::Impl::refill(const ports::Origin& origin) {
  Pool& pool = pools_.at(origin);  // not erased while refilling
  while (!pool.queue.empty() && pool.connections < settings.connections_per_origin_max && !stopped_) {
    open(pool, take_queued(pool, pool.queue.begin()));
  }
  pool.refilling = false;
  if (pool.connections == 0 && pool.queue.empty()) pools_.erase(origin);
}

void AsioHttpClient::Impl::watch_idle(SteadyTime until) {
  if (sweep_timer_ != ports::TimerId::none && sweep_at_ <= until) return;
  loop.cancel(sweep_timer_);
  sweep_at_ = until;
  sweep_timer_ = loop.at(until, [this] { sweep(); });
}

void AsioHttpClient::Impl::sweep() {
  sweep_timer_ = ports::TimerId::none;
  const auto now = loop.steady_now();
  auto next = SteadyTime::max();
  for (auto it = idle_.begin(); it != idle_.end();) {
    const auto connection = *it++;  // dropping it takes it off the list
    if (connection->idle_until <= now) {
      connection->drop();
    } else {
      next = std::min(next, connection->idle_until);
    }
  }
  if (next != SteadyTime::max()) watch_idle(next);
}

void AsioHttpClient::Impl::stop() {
  if (stopped_) return;
  stopped_ = true;
  resolver.stop();
  loop.cancel(sweep_timer_);
  std::vector<ExchangePtr> ended;
  for (auto& [origin, pool] : pools_) {
    for (auto& exchange : pool.queue) ended.push_back(std::move(exchange));
    pool.queue.clear();
  }
  counters.queued = 0;
  while (!idle_.empty()) idle_.front()->drop();
  while (!busy_.empty()) busy_.front()->abort(SendError::shut_down, "the client was stopped");
  for (auto& exchange : ended) finish(std::move(exchange), failed(SendError::shut_down, "the client was stopped"));
  pools_.clear();
}

AsioHttpClient::Stats AsioHttpClient::Impl::stats() const {
  Stats now = counters;
  now.connections = busy_.size() + idle_.size();
  now.idle = idle_.size();
  return now;
}

Result<std::unique_ptr<AsioHttpClient>> AsioHttpClient::make(AsioLoop& loop, HttpClientSettings settings) {
  auto tls = TlsContext::make(settings.ca_file);
  if (!tls) return tls.error();
  return std::unique_ptr<AsioHttpClient>(
      new AsioHttpClient(std::make_unique<Impl>(loop, std::move(settings), *std::move(tls))));
}

AsioHttpClient::AsioHttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AsioHttpClient::~AsioHttpClient() = default;
void AsioHttpClient::send(ports::OutgoingRequest request, std::function<void(Answer)> done) {
  impl_->send(std::move(request), std::move(done));
}
void AsioHttpClient::stop() { impl_->stop(); }
AsioHttpClient::Stats AsioHttpClient::stats() const { return impl_->stats(); }

}  // namespace chasqui::http
