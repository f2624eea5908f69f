package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// readConns is how many connections read at once: the relay's two senders and two pages of the console.
const readConns = 4

// readers are the connections that only read. A reader sees the last commit and never waits for the writer.
type readers struct {
	db *sql.DB

	mu    sync.Mutex
	stmts map[string]*sql.Stmt // guarded by mu
}

func newReaders(path string) *readers {
	db := sql.OpenDB(connector{dsn: readerDSN(path)})
	db.SetMaxOpenConns(readConns)
	db.SetMaxIdleConns(readConns)
	return &readers{db: db, stmts: map[string]*sql.Stmt{}}
}

func (r *readers) stmt(query string) (*sql.Stmt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if stmt := r.stmts[query]; stmt != nil {
		return stmt, nil
	}
	// The statement serves later callers as well, so no caller's context may end it.
	stmt, err := r.db.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	r.stmts[query] = stmt
	return stmt, nil
}

// row reads the first row of a query and tells whether there was one.
func (r *readers) row(ctx context.Context, op, query string, args []any, read func(scan scanner) error) (found bool, err error) {
	err = r.each(ctx, op, query, args, func(scan scanner) error {
		found = true
		return read(scan)
	})
	return found && err == nil, err
}

// each reads all rows of a query.
func (r *readers) each(ctx context.Context, op, query string, args []any, read func(scan scanner) error) error {
	stmt, err := r.stmt(query)
	if err != nil {
		return fmt.Errorf("store: %s: %w", op, explain(err))
	}
	// A context that may end costs the driver two goroutines, as much as the query; each is short.
	rows, err := stmt.QueryContext(context.WithoutCancel(ctx), args...)
	if err == nil {
		err = walk(rows, read)
	}
	if err != nil {
		return fmt.Errorf("store: %s: %w", op, explain(err))
	}
	return nil
}

// snapshot lets several queries see the same commit. They are not prepared ahead: to prepare one needs another
// connection, and all may be taken by snapshots.
func (r *readers) snapshot(ctx context.Context, op string, read func(each eachFunc) error) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: %s: %w", op, explain(err))
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	return read(func(op, query string, args []any, one func(scan scanner) error) error {
		rows, err := tx.QueryContext(ctx, query, args...)
		if err == nil {
			err = walk(rows, one)
		}
		if err != nil {
			return fmt.Errorf("store: %s: %w", op, explain(err))
		}
		return nil
	})
}

func (r *readers) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, stmt := range r.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, r.db.Close())...)
}
