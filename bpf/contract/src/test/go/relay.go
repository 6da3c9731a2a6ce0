// SPDX-License-Identifier: Apache-2.0

// relay LISTEN TARGET copies between each client and a connection to the target, as Go programs do:
// io.Copy splices from socket to socket where it can.
package main

import (
	"io"
	"log"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go relay(client.(*net.TCPConn), os.Args[2])
	}
}

func relay(client *net.TCPConn, target string) {
	connection, err := net.Dial("tcp", target)
	if err != nil {
		log.Fatal(err)
	}
	server := connection.(*net.TCPConn)
	done := make(chan bool)
	go pass(client, server, done)
	go pass(server, client, done)
	<-done
	<-done
	client.Close()
	server.Close()
}

func pass(from, to *net.TCPConn, done chan bool) {
	io.Copy(to, from)
	to.CloseWrite()
	done <- true
}
