// What the gateway is compared with: a small Node service that queues each event with BullMQ in Redis and sends it from there.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "bench/workloads.h"

namespace chasqui::bench {
namespace {

constexpr auto kWarmUp = 3s;  // Node compiles its hot functions first
constexpr auto kStartPatience = 20s;

bool on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  for (std::string rest = path == nullptr ? "" : path; !rest.empty();) {
    const auto end = std::min(rest.find(':'), rest.size());
    if (access((rest.substr(0, end) + "/" + program).c_str(), X_OK) == 0) return true;
    rest.erase(0, std::min(rest.size(), end + 1));
  }
  return false;
}

std::string missing(const Options& options) {
  for (const char* program : {"redis-server", "node"})
    if (!on_path(program)) return std::string(program) + " is not installed";
  if (!std::filesystem::exists(options.reference / "node_modules"))
    return "its packages are not installed (make bench-reference-install)";
  return {};
}

}  // namespace

std::optional<ReferenceResult> measure_reference(const Options& options, const std::string& append_fsync, std::string& why_not) {
  why_not = missing(options);
  if (!why_not.empty()) return std::nullopt;
  const auto directory = options.under / text("chasqui-bench-redis-%d", static_cast<int>(getpid()));
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);

  PeersSettings settings;
  settings.path = "/events";
  Peers peers(settings);
  const std::uint16_t redis_port = free_port(), sender_port = free_port();
  // Redis and Node share one core, as the gateway's two threads do.
  Process redis({{"redis-server", "--bind", "127.0.0.1", "--port", std::to_string(redis_port), "--dir", directory.string(),
                  "--save", "", "--appendonly", "yes", "--appendfsync", append_fsync},
                 {},
                 kGatewayCore});
  Process sender({{"node", (options.reference / "sender.mjs").string()},
                  {{"PORT", std::to_string(sender_port)},
                   {"REDIS_PORT", std::to_string(redis_port)},
                   {"HOOK_URL", peers.receiver().url(0)},
                   {"HOOK_HMAC_KEY", settings.hook_key},
                   {"NODE_ENV", "production"}},
                  kGatewayCore});
  std::optional<ReferenceResult> result;
  if (peers.wait_until([&] { return call(sender_port, "GET", "/health").status == 200 || !sender.running() || !redis.running(); },
                       kStartPatience) &&
      sender.running() && redis.running()) {
    peers.source().connect(sender_port);
    result.emplace();
    result->measured = measure(peers, {&sender, &redis}, {}, kWarmUp, seconds(options.seconds), 30s);
    result->inversions = peers.ledger().inversions();
    result->lost = peers.ledger().lost();
  } else {
    why_not = "it did not start";
  }
  sender.stop();
  redis.stop();
  std::filesystem::remove_all(directory);
  return result;
}

}  // namespace chasqui::bench
