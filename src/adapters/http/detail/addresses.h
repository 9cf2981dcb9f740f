// Addresses that no delivery may ever go to.
#pragma once

#include "adapters/http/detail/asio.h"

namespace chasqui::http {

/// Link-local addresses, and those where clouds serve the machine's own credentials: 169.254.0.0/16 (AWS, GCP, Azure and
/// others), fe80::/10, fd00:ec2::254 (AWS), 100.100.100.200 (Alibaba), 192.0.0.192 (Oracle). Checked after the lookup, so that
/// a name cannot hide them.
bool never_connect_to(const asio::ip::address& address);

}  // namespace chasqui::http
