#include "adapters/http/detail/addresses.h"


namespace chasqui::http {

namespace ip = asio::ip;

bool never_connect_to(const ip::address& address) {
  if (address.is_v6()) {
    const auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) return never_connect_to(ip::make_address_v4(ip::v4_mapped, v6));
    static const auto aws = ip::make_address_v6("fd00:ec2::254");
    return v6.is_link_local() || v6 == aws;
  }
  const auto v4 = address.to_v4().to_uint();
  return (v4 & 0xffff0000u) == 0xa9fe0000u || v4 == 0x646464c8u || v4 == 0xc00000c0u;
}

}  // namespace chasqui::http
