// The one way in which this folder includes Asio. Only sources and headers of detail/ include it: its templates cost seconds
// per unit. Its switches are the target's (src/CMakeLists.txt), so that no order of includes can give a unit others.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

namespace chasqui::http {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Tcp = asio::ip::tcp;
/// The executor type is concrete: any_io_executor costs an indirect call and an allocation here and there.
using Socket = asio::basic_stream_socket<Tcp, asio::io_context::executor_type>;

/// Shared by handlers that wait in the loop and by the owner. Not atomic: everything lives on the loop's thread.
template <class T>
using Shared = boost::intrusive_ref_counter<T, boost::thread_unsafe_counter>;
template <class T>
using Ref = boost::intrusive_ptr<T>;

}  // namespace chasqui::http
