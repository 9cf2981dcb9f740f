// One endpoint: its settings, how they are checked, stored and shown, and what sending to it needs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/delivery/retry.h"
#include "core/dialect/dialect.h"
#include "core/http1/url.h"
#include "core/json/value.h"
#include "core/routing/routing.h"
#include "ports/crypto.h"
#include "ports/http.h"

namespace chasqui {

/// What a user sets. Values not given come from the dialect.
struct EndpointSettings {
  std::string id;  ///< `ep_…`; `ep_env` for the one from the environment
  EndpointNo no{};
  std::string origin;  ///< "environment" or "api": who made it
  std::string description;
  std::string url;
  std::string dialect = "waha";
  std::vector<std::string> events;
  std::string session;  ///< only events of this session; empty = of all
  RenderOptions options;
  OrderScope order = OrderScope::chat;
  RetryPolicy retry;
  Millis timeout{60'000};          ///< 100 ms .. 10 min, over all phases of an attempt
  std::size_t in_flight_max = 32;  ///< 1 .. 1024
  Headers headers;                 ///< of the user; their case is kept
  std::string hmac_key;            ///< a secret: never shown, sealed at rest; empty = unsigned
  bool paused = false;             ///< its backlog waits
  std::string pause_reason;        ///< why the gateway paused it (410 Gone); empty when a person did
  bool disabled = false;           ///< a person wants it to get nothing: its backlog and what would come are skipped, counted
  std::int64_t created_at_ms = 0;
  std::int64_t deleted_at_ms = 0;  ///< 0 = not deleted
  bool backlog_ended = false;      ///< of a deleted one: what it had behind it was ended, there is no way back
};

/// Settings made ready for sending. Immutable; shared with requests under way.
struct EndpointTarget {
  EndpointSettings settings;
  const Dialect* dialect = nullptr;
  NameSet wanted = 0;
  http1::Url url;
  ports::Origin origin;
  std::string fixed_headers;        ///< header lines that are the same for every request, dialect defaults and custom ones
  std::unique_ptr<ports::Mac> mac;  ///< null = unsigned
  SignatureRule signature;
};

/// Reads settings from an API body or a stored row onto `base` (what exists, or the defaults of a new endpoint). Unknown
/// members, wrong types and values out of range are invalid_input that names the member and the fix.
Result<EndpointSettings> read_endpoint(json::Value object, EndpointSettings base);
/// Defaults of a new endpoint of the dialect. @return invalid_input for an unknown dialect.
Result<EndpointSettings> new_endpoint(std::string_view dialect);
/// Checks what depends on several members and makes the target. @return invalid_input as above.
Result<std::shared_ptr<const EndpointTarget>> compile(EndpointSettings settings, ports::Crypto& crypto);

/// For people: the key masked. `now` and such are the caller's to add.
void append_shown(json::Writer& writer, const EndpointSettings& settings);
/// For storage: the key sealed.
std::string to_stored(const EndpointSettings& settings, ports::Crypto& crypto);
Result<EndpointSettings> from_stored(std::string_view json, ports::Crypto& crypto);

/// The complete request for one part: head with this endpoint's path and headers, signature over the exact body.
/// @param attempt  1 for the first; sent as X-Chasqui-Attempt.
ports::OutgoingRequest assemble(const EndpointTarget& target, Request request, int attempt, SteadyTime deadline);

}  // namespace chasqui
