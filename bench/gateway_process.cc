#include "bench/gateway_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

namespace chasqui::bench {
namespace {

std::string get(std::uint16_t port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  std::string answer;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (write(fd, request.data(), request.size()) > 0) {
      char chunk[65536];
      ssize_t n = 0;
      while ((n = read(fd, chunk, sizeof chunk)) > 0) answer.append(chunk, static_cast<std::size_t>(n));
    }
  }
  close(fd);
  return answer;
}

}  // namespace

std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) std::exit(2);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

void pin_to(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

GatewayProcess::GatewayProcess(std::map<std::string, std::string> environment, std::uint16_t port, int core) : port_(port) {
  environment["PORT"] = std::to_string(port);
  environment["CHASQUI_LOG_LEVEL"] = "warning";
  pid_ = fork();
  if (pid_ == 0) {
    pin_to(core);
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(null, STDOUT_FILENO);
    execl(CHASQUI_PROGRAM, CHASQUI_PROGRAM, "serve", static_cast<char*>(nullptr));
    _exit(127);
  }
  for (int tries = 0; tries < 500; ++tries) {
    if (get(port, "/health/ready").find(" 200 ") != std::string::npos) return;
    usleep(20'000);
  }
  std::fprintf(stderr, "the gateway did not start\n");
  std::exit(2);
}

GatewayProcess::~GatewayProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

double GatewayProcess::cpu_seconds() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double GatewayProcess::rss_mib() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
  double size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double GatewayProcess::metric(const std::string& name) const {
  const std::string text = get(port_, "/metrics");
  const auto at = text.find("\n" + name + " ");
  return at == std::string::npos ? 0 : std::atof(text.c_str() + at + name.size() + 2);
}

}  // namespace chasqui::bench
