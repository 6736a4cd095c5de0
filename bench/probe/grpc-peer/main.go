// The peer of bench/probe/grpc.js: a gRPC server with health v1, and Go's own client asking it.
//
//	grpc-peer serve                                     prints its port, serves until stdin ends
//	grpc-peer ask PORT kept|fresh CHECKS IN-FLIGHT      prints CPU µs per check (user + system), and checks per second
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	pb "google.golang.org/grpc/health/grpc_health_v1"
)

func cpu() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		log.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	state := health.NewServer()
	state.SetServingStatus("down", pb.HealthCheckResponse_NOT_SERVING)
	pb.RegisterHealthServer(server, state)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(server.Serve(listener))
}

func dial(port string) *grpc.ClientConn {
	connection, err := grpc.NewClient("passthrough:///127.0.0.1:"+port, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	return connection
}

func check(connection *grpc.ClientConn) {
	answer, err := pb.NewHealthClient(connection).Check(context.Background(), &pb.HealthCheckRequest{})
	if err != nil || answer.Status != pb.HealthCheckResponse_SERVING {
		log.Fatal(answer, err)
	}
}

func ask(port, mode string, checks, inFlight int) {
	shared := dial(port)
	check(shared)
	var left atomic.Int64
	round := func(n int) {
		left.Store(int64(n))
		var group sync.WaitGroup
		for i := 0; i < inFlight; i++ {
			group.Add(1)
			go func() {
				defer group.Done()
				for left.Add(-1) >= 0 {
					if mode == "kept" {
						check(shared)
						continue
					}
					connection := dial(port)
					check(connection)
					connection.Close()
				}
			}()
		}
		group.Wait()
	}
	round(checks / 2)
	began, before := time.Now(), cpu()
	round(checks)
	spent, wall := cpu()-before, time.Since(began)
	fmt.Printf("%.3f %.0f\n", float64(spent.Nanoseconds())/1000/float64(checks), float64(checks)/wall.Seconds())
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "serve" {
		serve()
	}
	checks, _ := strconv.Atoi(os.Args[4])
	inFlight, _ := strconv.Atoi(os.Args[5])
	ask(os.Args[2], os.Args[3], checks, inFlight)
}
