package dev.headrace.flink.job;

import dev.headrace.flink.agent.AgentInput;
import dev.headrace.flink.agent.AgentOutput;
import java.io.IOException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.formats.common.TimestampFormat;
import org.apache.flink.formats.json.JsonFormatOptions;
import org.apache.flink.formats.json.JsonRowDataDeserializationSchema;
import org.apache.flink.formats.json.JsonRowDataSerializationSchema;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Tables of Flink SQL as source and sink; rows are JSON objects as Flink's JSON format writes them.
 */
final class SqlTables {
  private SqlTables() {}

  /**
   * @throws org.apache.flink.table.api.ValidationException for a statement that Flink refuses
   */
  static DataStream<AgentInput> read(
      JobSpecification.Sql sql, InputReader inputs, StreamExecutionEnvironment flink) {
    StreamTableEnvironment tables = StreamTableEnvironment.create(flink);
    tables.executeSql(sql.ddl());
    Table table = tables.from(sql.table());
    DataType rows = table.getResolvedSchema().toPhysicalRowDataType();
    DataStream<RowData> stream = tables.toDataStream(table, rows.bridgedTo(RowData.class));
    return stream
        .map(new RowToInput((RowType) rows.getLogicalType(), inputs, sql.table()))
        .name("source: " + sql.table())
        .uid("source");
  }

  static void write(JobSpecification.Sql sql, DataStream<AgentOutput> outputs) {
    StreamTableEnvironment tables =
        StreamTableEnvironment.create(outputs.getExecutionEnvironment());
    tables.executeSql(sql.ddl());
    DataType rows = tables.from(sql.table()).getResolvedSchema().toPhysicalRowDataType();
    RowType type = (RowType) rows.getLogicalType();
    DataStream<RowData> converted =
        outputs
            .map(new OutputToRow(type))
            .returns(InternalTypeInfo.of(type))
            .name("to rows of " + sql.table())
            .uid("to-rows");
    var schema = Schema.newBuilder().fromRowDataType(rows).build();
    tables
        .createStatementSet()
        .add(tables.fromDataStream(converted, schema).insertInto(sql.table()))
        .attachAsDataStream();
  }

  private static final class RowToInput extends RichMapFunction<RowData, AgentInput> {
    private static final long serialVersionUID = 1L;
    private final JsonRowDataSerializationSchema json;
    private final InputReader inputs;
    private final String table;

    RowToInput(RowType type, InputReader inputs, String table) {
      json =
          new JsonRowDataSerializationSchema(
              type,
              TimestampFormat.ISO_8601,
              JsonFormatOptions.MapNullKeyMode.FAIL,
              "null",
              true,
              false);
      this.inputs = inputs;
      this.table = table;
    }

    @Override
    public void open(OpenContext context) throws Exception {
      json.open(null);
    }

    @Override
    public AgentInput map(RowData row) {
      return inputs.read(json.serialize(row), "a row of " + table);
    }
  }

  private static final class OutputToRow extends RichMapFunction<AgentOutput, RowData> {
    private static final long serialVersionUID = 1L;
    private final JsonRowDataDeserializationSchema json;

    OutputToRow(RowType type) {
      json =
          new JsonRowDataDeserializationSchema(
              type, InternalTypeInfo.of(type), false, false, TimestampFormat.ISO_8601);
    }

    @Override
    public void open(OpenContext context) throws Exception {
      json.open(null);
    }

    @Override
    public RowData map(AgentOutput output) throws IOException {
      return json.deserialize(output.value());
    }
  }
}
