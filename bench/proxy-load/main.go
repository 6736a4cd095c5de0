// The load generator of bench/proxy.js: upstreams and clients in one process, so that bytes are counted where they arrive.
// Prints its upstream ports, then answers each line of JSON on stdin with one line of JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

var sunk atomic.Int64

func serve(handle func(net.Conn)) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go handle(c)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func sink(c net.Conn) {
	buf := make([]byte, 256<<10)
	for {
		n, err := c.Read(buf)
		sunk.Add(int64(n))
		if err != nil {
			c.Close()
			return
		}
	}
}

func echo(c net.Conn) {
	buf := make([]byte, 16<<10)
	for {
		n, err := c.Read(buf)
		if err != nil {
			c.Close()
			return
		}
		c.Write(buf[:n])
	}
}

type command struct {
	Mode   string
	Target string
	Conns  int
	Ms     int
	Count  int
	Gap    int    `json:"gap"`
}

func dial(target string) net.Conn {
	c, err := net.Dial("tcp", target)
	if err != nil {
		panic(err)
	}
	return c
}

// Bytes that arrive at the sink in `ms`, after 300 ms to get going.
func upload(cmd command) map[string]any {
	stop := make(chan struct{})
	conns := []net.Conn{}
	for i := 0; i < cmd.Conns; i++ {
		c := dial(cmd.Target)
		conns = append(conns, c)
		go func() {
			buf := make([]byte, 256<<10)
			for {
				select {
				case <-stop:
					return
				default:
					if _, err := c.Write(buf); err != nil {
						return
					}
				}
			}
		}()
	}
	time.Sleep(300 * time.Millisecond)
	before, start := sunk.Load(), time.Now()
	time.Sleep(time.Duration(cmd.Ms) * time.Millisecond)
	bytes, took := sunk.Load()-before, time.Since(start)
	close(stop)
	for _, c := range conns {
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	return map[string]any{"bytes": bytes, "seconds": took.Seconds()}
}

// New connections, each with one byte there and back, closed with RST so that no port stays in TIME_WAIT.
func connect(cmd command) map[string]any {
	var done, failed atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	until := start.Add(time.Duration(cmd.Ms) * time.Millisecond)
	for i := 0; i < cmd.Conns; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			buf := make([]byte, 1)
			for time.Now().Before(until) {
				c, err := net.Dial("tcp", cmd.Target)
				if err != nil {
					failed.Add(1)
					continue
				}
				c.Write(buf)
				if _, err := io.ReadFull(c, buf); err != nil {
					failed.Add(1)
				} else {
					done.Add(1)
				}
				c.(*net.TCPConn).SetLinger(0)
				c.Close()
			}
		}()
	}
	wg.Wait()
	return map[string]any{"done": done.Load(), "failed": failed.Load(), "seconds": time.Since(start).Seconds()}
}

// Round trips of one byte in ms, sorted, over some connections.
func ping(cmd command) map[string]any {
	var lock sync.Mutex
	var wg sync.WaitGroup
	all := []float64{}
	for i := 0; i < cmd.Conns; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c := dial(cmd.Target)
			buf := make([]byte, 1)
			times := make([]float64, 0, cmd.Count)
			for n := -2; n < cmd.Count; n++ {
				time.Sleep(time.Duration(cmd.Gap) * time.Millisecond)
				start := time.Now()
				c.Write(buf)
				if _, err := io.ReadFull(c, buf); err != nil {
					break
				}
				if n >= 0 {
					times = append(times, float64(time.Since(start).Nanoseconds())/1e6)
				}
			}
			c.Close()
			lock.Lock()
			all = append(all, times...)
			lock.Unlock()
		}()
	}
	wg.Wait()
	sort.Float64s(all)
	at := func(q float64) float64 { return all[int(q*float64(len(all)-1))] }
	return map[string]any{"n": len(all), "min": all[0], "p50": at(0.5), "p99": at(0.99)}
}

// As many connections as asked for that have said one byte and then nothing; they stay until the next command.
var held []net.Conn

func hold(cmd command) map[string]any {
	for len(held) > cmd.Conns {
		held[len(held)-1].Close()
		held = held[:len(held)-1]
	}
	for len(held) < cmd.Conns {
		c := dial(cmd.Target)
		held = append(held, c)
		buf := []byte{1}
		c.Write(buf)
		io.ReadFull(c, buf)
	}
	return map[string]any{"open": len(held)}
}

func main() {
	fmt.Printf("{\"sink\":%d,\"echo\":%d}\n", serve(sink), serve(echo))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var cmd command
		if err := json.Unmarshal(lines.Bytes(), &cmd); err != nil {
			panic(err)
		}
		modes := map[string]func(command) map[string]any{"upload": upload, "connect": connect, "ping": ping, "hold": hold}
		out, _ := json.Marshal(modes[cmd.Mode](cmd))
		fmt.Println(string(out))
	}
}
