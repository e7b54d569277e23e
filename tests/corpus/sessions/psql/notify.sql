listen birds;
notify birds, 'payload';
select pg_notify('birds', 'again');
unlisten birds;
notify birds, 'nobody';
select 1;
