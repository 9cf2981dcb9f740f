#include "adapters/http/detail/resolver.h"

#include <algorithm>
#include <utility>

namespace chasqui::http {

namespace {

std::string why_not(const std::string& host, const ErrorCode& error) {
  if (error == asio::error::host_not_found || error == asio::error::no_data) return "name not found: " + host;
  return "name cannot be looked up: " + host + " (" + error.message() + ")";
}

}  // namespace

void Resolver::resolve(const std::string& host, SteadyTime now, Found found) {
  ErrorCode not_literal;
  const auto address = asio::ip::make_address(host, not_literal);
  if (!not_literal) return found({address}, {});
  const auto known = known_.find(host);
  if (known != known_.end()) {
    const auto age = now - known->second.asked_at;
    if (age > ttl_ && !asking_.contains(host)) ask(host, now);
    if (age <= ttl_ + stale_use) return found(known->second.addresses, {});
  } else if (!asking_.contains(host)) {
    ask(host, now);
  }
  asking_[host].push_back(std::move(found));
}

void Resolver::ask(const std::string& host, SteadyTime now) {
  asking_[host];
  const std::weak_ptr<bool> alive = alive_;
  resolver_.async_resolve(host, "", [this, alive, host, now](const ErrorCode& error, const auto& results) {
    if (alive.expired()) return;
    Addresses addresses;
    for (const auto& result : results) addresses.push_back(result.endpoint().address());
    if (!addresses.empty()) keep(host, addresses, now);
    const auto waiting = asking_.extract(host);
    if (waiting.empty()) return;
    for (const auto& found : waiting.mapped()) found(addresses, addresses.empty() ? why_not(host, error) : std::string());
  });
}

void Resolver::keep(const std::string& host, const Addresses& addresses, SteadyTime asked_at) {
  if (known_.size() >= entries_max && !known_.contains(host)) {
    const auto old = asked_at - ttl_ - stale_use;
    std::erase_if(known_, [&](const auto& entry) { return entry.second.asked_at < old; });
    if (known_.size() >= entries_max) known_.erase(known_.begin());
  }
  known_[host] = {addresses, asked_at};
}

void Resolver::stop() {
  asking_.clear();
  resolver_.cancel();
}

}  // namespace chasqui::http
