// A dynamic TFTP server on github.com/pin/tftp: each name's file is that name, repeated.
package main

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pin/tftp"
)

func main() {
	address := os.Args[1]
	size, _ := strconv.Atoi(os.Args[2])
	read := func(name string, to io.ReaderFrom) error {
		bytesOf := sizeOf(name, size)
		line := name + "\n"
		body := []byte(strings.Repeat(line, bytesOf/len(line)+1)[:bytesOf])
		to.(tftp.OutgoingTransfer).SetSize(int64(bytesOf))
		_, err := to.ReadFrom(bytes.NewReader(body))
		return err
	}
	server := tftp.NewServer(read, nil)
	server.SetTimeout(time.Second)
	if err := server.ListenAndServe(address); err != nil {
		panic(err)
	}
}

// A name such as mid/4194304/01.bin says how long its file is.
func sizeOf(name string, size int) int {
	for _, part := range strings.Split(name, "/") {
		if number, err := strconv.Atoi(part); err == nil && number > 0 {
			return number
		}
	}
	return size
}
