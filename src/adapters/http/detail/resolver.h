// Names to addresses, with a small cache.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/http/detail/asio.h"
#include "core/time.h"

namespace chasqui::http {

using Addresses = std::vector<asio::ip::address>;

/// Asks the system (getaddrinfo, on Asio's one thread for it). As one slow name server can hold that thread for seconds, an
/// expired entry is still used for `stale_use` while it is asked again: a dead name must not hold up the others.
class Resolver {
 public:
  static constexpr std::size_t entries_max = 1024;
  static constexpr std::chrono::minutes stale_use{5};

  /// @param error  empty, or why there are no addresses.
  using Found = std::function<void(const Addresses& addresses, const std::string& error)>;

  Resolver(asio::io_context& io, std::chrono::seconds ttl) : resolver_(io.get_executor()), ttl_(ttl) {}

  /// Calls `found`, at once for an address literal or a known name. Lookups of the same name are shared.
  void resolve(const std::string& host, SteadyTime now, Found found);
  /// Drops what is known of `host`: none of its addresses could be reached.
  void forget(const std::string& host) { known_.erase(host); }
  /// Drops all callbacks.
  void stop();

 private:
  struct Entry {
    Addresses addresses;
    SteadyTime asked_at;
  };

  void ask(const std::string& host, SteadyTime now);
  void keep(const std::string& host, const Addresses& addresses, SteadyTime asked_at);

  asio::ip::basic_resolver<Tcp, asio::io_context::executor_type> resolver_;
  std::chrono::seconds ttl_;
  std::unordered_map<std::string, Entry> known_;
  std::unordered_map<std::string, std::vector<Found>> asking_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< answers may come after the end
};

}  // namespace chasqui::http
