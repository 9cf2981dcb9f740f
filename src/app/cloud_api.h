// Meta's side of the listener: the handshake and the deliveries of the Cloud API.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/ingest.h"
#include "core/json/value.h"
#include "core/source/cloud_api/cloud_api.h"
#include "ports/http.h"
#include "ports/log.h"

namespace chasqui {

/// One callback path and what proves that a delivery to it comes from Meta. Several secrets may be valid at once, so that
/// one can be rotated (semantics 24).
struct CloudApiCallback {
  std::string name;                      ///< the path is /webhooks/cloud-api/<name>; `default` also answers /webhooks/cloud-api
  std::string origin;                    ///< "environment" or "api"
  std::vector<std::string> app_secrets;  ///< at least one, none empty
  std::string verify_token;              ///< empty = the handshake is refused
};

/// Lives on the loop's thread.
class CloudApi {
 public:
  static constexpr std::size_t kBodyMax = 8u << 20;  ///< Meta sends up to 3 MB (its documentation); we take 8
  static constexpr std::string_view kPath = "/webhooks/cloud-api";

  CloudApi(Ingest& ingest, Journal& journal, ports::Crypto& crypto, ports::Log& log, Counters& counters);

  /// @return corrupt when a stored callback cannot be read.
  Status restore(const std::vector<ports::ConfigRow>& config);
  /// Makes or replaces a callback for the life of this process.
  Status put(CloudApiCallback callback);
  /// As put, and stored. `done` comes when it is durable and in effect.
  void save(CloudApiCallback callback, Journal::Appended done);
  void remove(const std::string& name, Journal::Appended done);
  std::vector<const CloudApiCallback*> list() const;
  /// Reads a callback from an API body. @return invalid_input naming the member and the fix.
  static Result<CloudApiCallback> read(std::string name, json::Value body);

  /// Whether the path is one of ours, known callback or not.
  static bool owns(std::string_view path);
  void handle(ports::IncomingRequest request, ports::Respond respond);

 private:
  struct Ready {
    CloudApiCallback callback;
    std::vector<std::unique_ptr<ports::Mac>> macs;
  };

  const Ready* find(std::string_view path) const;
  void handshake(const Ready& ready, const ports::IncomingRequest& request, const ports::Respond& respond);
  void deliver(const Ready& ready, ports::IncomingRequest& request, ports::Respond respond);
  bool genuine(const Ready& ready, const ports::IncomingRequest& request) const;

  Ingest& ingest_;
  Journal& journal_;
  ports::Crypto& crypto_;
  ports::Log& log_;
  Counters& counters_;
  std::map<std::string, Ready, std::less<>> callbacks_;
  json::Document parser_;
};

}  // namespace chasqui
